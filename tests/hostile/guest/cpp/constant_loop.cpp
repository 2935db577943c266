// SPDX-License-Identifier: Apache-2.0
// Has the compiler compute for ever.
consteval unsigned forever() {
  unsigned x = 1;
  while (x != 0) x = x * 2 + 1;
  return x;
}

int main() { return forever(); }
