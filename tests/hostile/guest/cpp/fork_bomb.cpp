// SPDX-License-Identifier: Apache-2.0
// Makes processes that make processes, and goes on trying.
#include <unistd.h>

int main() {
  if (write(1, "about to\n", 9) < 0) return 1;
  for (;;) fork();
}
