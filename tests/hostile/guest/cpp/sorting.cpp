// SPDX-License-Identifier: Apache-2.0
// Sorts the numbers of stdin; then each of them once, the largest first.
#include <bits/stdc++.h>

int main() {
  std::vector<int> numbers{std::istream_iterator<int>(std::cin), {}};
  std::ranges::sort(numbers);
  const char* blank = "";
  for (int n : numbers) std::cout << std::exchange(blank, " ") << n;
  blank = "\n";
  for (int n : std::set<int, std::greater<>>(numbers.begin(), numbers.end())) std::cout << std::exchange(blank, " ") << n;
  std::cout << '\n';
}
