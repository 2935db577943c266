// SPDX-License-Identifier: Apache-2.0
// Computes in many short processes, so that no single one uses much time.
#include <sys/wait.h>
#include <unistd.h>

int main() {
  for (;;) {
    if (fork() == 0) {
      for (volatile int x = 0; x < 10'000'000;) x = x + 1;
      _exit(0);
    }
    wait(nullptr);
  }
}
