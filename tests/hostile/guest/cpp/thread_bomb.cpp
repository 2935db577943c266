// SPDX-License-Identifier: Apache-2.0
// Makes threads that sleep, and goes on trying.
#include <pthread.h>
#include <unistd.h>

static void* sleeper(void*) {
  for (;;) pause();
}

int main() {
  if (write(1, "about to\n", 9) < 0) return 1;
  for (pthread_t thread;;) pthread_create(&thread, nullptr, sleeper, nullptr);
}
