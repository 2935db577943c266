// SPDX-License-Identifier: Apache-2.0
// Numbers that are larger than a machine's word: of nine decimal digits a word.
#include <cstdint>
#include <cstdio>
#include <vector>

using Big = std::vector<std::uint32_t>;
constexpr std::uint64_t kBase = 1'000'000'000;

void settle(Big& big, std::uint64_t carry) {
  if (carry > 0) big.push_back(static_cast<std::uint32_t>(carry));
}

Big times(Big big, std::uint32_t factor) {
  std::uint64_t carry = 0;
  for (std::uint32_t& word : big) {
    carry += std::uint64_t{word} * factor;
    word = static_cast<std::uint32_t>(carry % kBase);
    carry /= kBase;
  }
  settle(big, carry);
  return big;
}

Big sum(const Big& smaller, Big larger) {
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < larger.size(); ++i) {
    carry += std::uint64_t{larger[i]} + (i < smaller.size() ? smaller[i] : 0);
    larger[i] = static_cast<std::uint32_t>(carry % kBase);
    carry /= kBase;
  }
  settle(larger, carry);
  return larger;
}

void print(const Big& big) {
  std::printf("%u", big.back());
  for (std::size_t i = big.size() - 1; i-- > 0;) std::printf("%09u", big[i]);
  std::puts("");
}

int main() {
  Big power{1}, factorial{1}, a{0}, b{1};
  for (int i = 0; i < 100; ++i) power = times(power, 2);
  for (std::uint32_t i = 1; i <= 30; ++i) factorial = times(factorial, i);
  for (int i = 0; i < 100; ++i) {
    Big next = sum(a, b);
    a = std::move(b);
    b = std::move(next);
  }
  print(power);
  print(factorial);
  print(a);
}
