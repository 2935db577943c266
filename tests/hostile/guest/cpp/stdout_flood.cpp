// SPDX-License-Identifier: Apache-2.0
// Prints for ever.
#include <cstdio>

int main() {
  for (;;) std::puts("all work and no play makes Jack a dull boy");
}
