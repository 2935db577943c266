// SPDX-License-Identifier: Apache-2.0
// Ends with the largest exit code.
int main() { return -1; }
