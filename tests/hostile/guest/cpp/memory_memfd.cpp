// SPDX-License-Identifier: Apache-2.0
// Fills files that are in memory and have no name.
#include <sys/mman.h>
#include <unistd.h>

int main() {
  static char block[1 << 20] = {1};
  for (int file = memfd_create("x", 0);;) {
    if (write(file, block, sizeof block) < 0) return 1;
  }
}
