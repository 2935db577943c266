// SPDX-License-Identifier: Apache-2.0
// Ends with 4, but leaves daemons behind, which hold the pipes.
#include <unistd.h>

int main() {
  for (int i = 0; i < 20; ++i) {
    if (fork() == 0) {
      setsid();
      if (fork() > 0) _exit(0);
      for (;;) pause();
    }
  }
  return 4;
}
