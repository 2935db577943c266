// SPDX-License-Identifier: Apache-2.0
// The cheapest way from 1 to 1000, where adding 1 costs 1 and doubling costs 3; and how many numbers are on it.
#include <cstdio>
#include <queue>
#include <set>
#include <tuple>

int main() {
  using Step = std::tuple<int, int, int>;  // cost, numbers, the last of them
  std::priority_queue<Step, std::vector<Step>, std::greater<>> waiting;
  std::set<int> done;
  for (waiting.emplace(0, 1, 1);;) {
    const auto [cost, numbers, at] = waiting.top();
    waiting.pop();
    if (at == 1000) return std::printf("%d %d\n", cost, numbers) < 0;
    if (at > 1000 || !done.insert(at).second) continue;
    waiting.emplace(cost + 1, numbers + 1, at + 1);
    waiting.emplace(cost + 3, numbers + 1, 2 * at);
  }
}
