// SPDX-License-Identifier: Apache-2.0
// Duplicates a descriptor as often as it can.
#include <unistd.h>

#include <cstdio>

int main() {
  int made = 0;
  while (dup(0) >= 0) ++made;
  std::printf("%d\n", made);
}
