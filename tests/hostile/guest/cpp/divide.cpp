// SPDX-License-Identifier: Apache-2.0
// Divides by zero.
int main(int count, char**) {
  volatile int zero = count - count;
  return (41 + count) / zero;
}
