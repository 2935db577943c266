// SPDX-License-Identifier: Apache-2.0
#include "decimal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

namespace mayfly {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::int64_t parse_exponent(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc()) value = Decimal::kMostExponent;
  value = std::min(value, Decimal::kMostExponent);
  return negative ? -value : value;
}

void strip_zeros(Decimal& number) {
  number.digits.erase(0, std::min(number.digits.find_first_not_of('\0'), number.digits.size()));
  while (!number.digits.empty() && number.digits.back() == 0) {
    number.digits.pop_back();
    ++number.exponent;
  }
}

// A number that does not reach the digits of the larger ones matters only by not being zero: one of magnitude `least` does
// as well.
Decimal raised(const Decimal& number, std::int64_t least) {
  return number.digits.empty() || number.magnitude() >= least ? number : Decimal{std::string(1, '\1'), least - 1};
}

// The digit at 10^place.
int digit_at(const Decimal& number, std::int64_t place) {
  const std::int64_t index = number.magnitude() - 1 - place;
  return index >= 0 && index < static_cast<std::int64_t>(number.digits.size()) ? number.digits[static_cast<std::size_t>(index)] : 0;
}

// From the lowest place to the highest: what a higher place says outweighs the lower ones.
int compare_places(const Decimal& a, const Decimal& b, const Decimal& sum, std::int64_t lowest, std::int64_t highest) {
  int carry = 0, order = 0;
  for (std::int64_t place = lowest; place <= highest; ++place) {
    const int digit = digit_at(a, place) + digit_at(b, place) + carry;
    carry = digit / 10;
    const int difference = digit % 10 - digit_at(sum, place);
    if (difference != 0) order = difference;
  }
  return carry > 0 ? 1 : order;
}

}  // namespace

Decimal parse_decimal(std::string_view number) {
  Decimal result;
  const std::size_t e = std::min(number.find_first_of("eE"), number.size());
  if (e < number.size()) result.exponent = parse_exponent(number.substr(e + 1));
  const std::string_view mantissa = number.substr(0, e);
  for (const char c : mantissa) {
    if (is_digit(c)) result.digits += static_cast<char>(c - '0');
  }
  const std::size_t point = mantissa.find('.');
  if (point != std::string_view::npos) result.exponent -= static_cast<std::int64_t>(mantissa.size() - point - 1);
  strip_zeros(result);
  return result;
}

Decimal decimal_of(double value) {
  std::array<char, 32> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
  return parse_decimal({text.data(), static_cast<std::size_t>(written.ptr - text.data())});
}

Decimal product(const Decimal& number, const Decimal& factor) {
  std::uint64_t multiplier = 0;
  for (const char digit : factor.digits) multiplier = multiplier * 10 + static_cast<std::uint64_t>(digit);
  Decimal result{{}, number.exponent + factor.exponent};
  std::uint64_t carry = 0;
  const auto put = [&result](std::uint64_t value) {
    result.digits += static_cast<char>(value % 10);
    return value / 10;
  };
  for (auto digit = number.digits.rbegin(); digit != number.digits.rend(); ++digit) {
    carry = put(carry + multiplier * static_cast<std::uint64_t>(*digit));
  }
  while (carry > 0) carry = put(carry);
  std::reverse(result.digits.begin(), result.digits.end());
  strip_zeros(result);
  return result;
}

int compare_sum(const Decimal& a, const Decimal& b, const Decimal& sum) {
  std::int64_t highest = -2 * Decimal::kMostExponent;
  for (const Decimal* one : {&a, &b, &sum}) {
    if (!one->digits.empty()) highest = std::max(highest, one->magnitude());
  }
  const auto digits = static_cast<std::int64_t>(a.digits.size() + b.digits.size() + sum.digits.size());
  const std::int64_t least = highest - digits - 4;
  const Decimal x = raised(a, least), y = raised(b, least), z = raised(sum, least);
  std::int64_t lowest = highest;
  for (const Decimal* one : {&x, &y, &z}) {
    if (!one->digits.empty()) lowest = std::min(lowest, one->exponent);
  }
  return compare_places(x, y, z, lowest, highest);
}

}  // namespace mayfly
