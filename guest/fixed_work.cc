// SPDX-License-Identifier: Apache-2.0
#include "guest/fixed_work.h"

#include <sys/mman.h>

#include <vector>

namespace mayfly::guest {
namespace {

constexpr std::uint32_t kPlaces = 1 << 16;
constexpr int kRounds = 6'000'000;
constexpr int kMappings = 40;
constexpr std::size_t kMappedBytes = 4 << 20;
constexpr std::size_t kPageBytes = 4096;

std::uint64_t compute() {
  std::vector<std::uint32_t> table(kPlaces);
  std::uint64_t state = 88172645463325252ULL, sum = 0;
  for (int i = 0; i < kRounds; ++i) {
    state ^= state << 13;  // Marsaglia's xorshift64
    state ^= state >> 7;
    state ^= state << 17;
    std::uint32_t& place = table[state % kPlaces];
    place += static_cast<std::uint32_t>(state >> 32);
    sum += place & 1 ? place * 3 : place / 7;
  }
  return sum;
}

std::uint64_t fault() {
  std::uint64_t pages = 0;
  for (int i = 0; i < kMappings; ++i) {
    void* memory = ::mmap(nullptr, kMappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) continue;
    auto* bytes = static_cast<volatile char*>(memory);
    for (std::size_t at = 0; at < kMappedBytes; at += kPageBytes, ++pages) bytes[at] = 1;
    ::munmap(memory, kMappedBytes);
  }
  return pages;
}

}  // namespace

std::uint64_t do_fixed_work() { return compute() + fault(); }

}  // namespace mayfly::guest
