// SPDX-License-Identifier: Apache-2.0
// Includes a file that never ends.
#include "/dev/zero"

int main() {}
