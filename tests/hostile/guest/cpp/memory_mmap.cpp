// SPDX-License-Identifier: Apache-2.0
// Maps memory that the kernel fills at once.
#include <sys/mman.h>

int main() {
  for (;;) mmap(nullptr, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
}
