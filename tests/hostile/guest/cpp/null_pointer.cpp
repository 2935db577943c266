// SPDX-License-Identifier: Apache-2.0
// Follows a null pointer.
int main() { *static_cast<volatile int*>(nullptr) = 1; }
