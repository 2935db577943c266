// SPDX-License-Identifier: Apache-2.0
// In how many ways 6, and 8, queens can stand on a board of that size.
#include <bitset>
#include <cstdio>

int place(int n, int row, std::bitset<8> columns, std::bitset<16> rising, std::bitset<16> falling) {
  if (row == n) return 1;
  int ways = 0;
  for (int c = 0; c < n; ++c) {
    if (columns[c] || rising[row + c] || falling[row - c + n]) continue;
    ways += place(n, row + 1, std::bitset(columns).set(c), std::bitset(rising).set(row + c), std::bitset(falling).set(row - c + n));
  }
  return ways;
}

int main() { std::printf("%d %d\n", place(6, 0, {}, {}, {}), place(8, 0, {}, {}, {})); }
