// SPDX-License-Identifier: Apache-2.0
// Always has a new process and ends the old one, so that no signal by number finds it; the first stays and computes.
#include <unistd.h>

int main() {
  if (write(1, "about to\n", 9) < 0) return 1;
  if (fork() != 0) for (;;) {}
  for (;;) {
    setsid();
    if (fork() > 0) _exit(0);
  }
}
