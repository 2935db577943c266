// SPDX-License-Identifier: Apache-2.0
// Waits for a pipe into which nobody ever writes.
#include <unistd.h>

int main() {
  int ends[2];
  char byte;
  return pipe(ends) + write(1, "about to\n", 9) + read(ends[0], &byte, 1);
}
