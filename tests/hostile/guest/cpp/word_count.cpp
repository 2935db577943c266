// SPDX-License-Identifier: Apache-2.0
// The three most frequent words of stdin, and how often each is there.
#include <bits/stdc++.h>

int main() {
  std::map<std::string, int> counts;
  for (std::string word; std::cin >> word;) ++counts[word];
  std::vector<std::pair<std::string, int>> order(counts.begin(), counts.end());
  std::ranges::stable_sort(order, std::greater<>(), &std::pair<std::string, int>::second);
  for (std::size_t i = 0; i < 3; ++i) std::cout << order[i].first << ' ' << order[i].second << '\n';
}
