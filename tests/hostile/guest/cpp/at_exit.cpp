// SPDX-License-Identifier: Apache-2.0
// Ends main, but not what comes after it.
#include <cstdio>

struct Late {
  ~Late() {
    std::puts("about to");
    std::fflush(stdout);
    for (volatile int x = 0;;) x = x + 1;
  }
} late;

int main() {}
