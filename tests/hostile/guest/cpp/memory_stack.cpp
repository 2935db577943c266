// SPDX-License-Identifier: Apache-2.0
// Calls itself for ever: the stack grows until there is no more memory.
#include <cstdio>

[[gnu::noinline]] int deeper(int depth) {
  volatile char room[4096];
  room[depth % 4096] = 1;
  return deeper(depth + 1) + room[7];
}

int main() { std::printf("%d\n", deeper(0)); }
