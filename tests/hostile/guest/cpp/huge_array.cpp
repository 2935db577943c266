// SPDX-License-Identifier: Apache-2.0
// Has an array of 8 GiB, all of which must be in the program.
long numbers[1L << 30] = {1, 2, 3};

int main() { return static_cast<int>(numbers[1L << 29]); }
