// SPDX-License-Identifier: Apache-2.0
// Computes for ever.
#include <cstdio>

int main() {
  std::puts("about to");
  std::fflush(stdout);
  for (volatile unsigned x = 0;;) x = x + 1;
}
