// SPDX-License-Identifier: Apache-2.0
// How many primes there are below 100,000, and the largest of them.
#include <cstdio>
#include <vector>

int main() {
  constexpr int kEnd = 100'000;
  std::vector<bool> composite(kEnd);
  int count = 0, largest = 0;
  for (int n = 2; n < kEnd; ++n) {
    if (composite[n]) continue;
    ++count;
    largest = n;
    for (long multiple = 1L * n * n; multiple < kEnd; multiple += n) composite[multiple] = true;
  }
  std::printf("%d %d\n", count, largest);
}
