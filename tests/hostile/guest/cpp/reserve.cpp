// SPDX-License-Identifier: Apache-2.0
// Reserves a terabyte of addresses, as runtimes do, and uses a page of it: that costs nothing.
#include <sys/mman.h>

#include <cstdio>

int main() {
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  const auto place = static_cast<char*>(mmap(nullptr, 1UL << 40, PROT_READ | PROT_WRITE, kFlags, -1, 0));
  if (place == MAP_FAILED) return 1;
  place[1UL << 39] = 42;
  std::printf("%d\n", place[1UL << 39]);
}
