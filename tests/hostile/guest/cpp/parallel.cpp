// SPDX-License-Identifier: Apache-2.0
// Four threads add up 100,000 numbers; four futures give their squares, in order.
#include <atomic>
#include <cstdio>
#include <future>
#include <thread>
#include <vector>

int main() {
  constexpr int kShare = 25'000;
  std::atomic<long> sum = 0;
  {
    std::vector<std::jthread> threads;
    for (int part = 0; part < 4; ++part) {
      threads.emplace_back([&sum, part] {
        for (int n = part * kShare + 1; n <= (part + 1) * kShare; ++n) sum += n;
      });
    }
  }
  std::vector<std::future<int>> squares;
  for (int n = 0; n < 4; ++n) squares.push_back(std::async(std::launch::async, [n] { return n * n; }));
  std::printf("%ld\n%d", sum.load(), squares[0].get());
  for (int n = 1; n < 4; ++n) std::printf(" %d", squares[n].get());
  std::puts("");
}
