// SPDX-License-Identifier: Apache-2.0
// Writes just as much to stderr as it may, and a byte more after a while.
#include <unistd.h>

int main() {
  static char block[65536];
  if (write(2, block, sizeof block) != sizeof block) return 1;
  usleep(200'000);
  return write(2, block, 1) == 1 ? 0 : 2;
}
