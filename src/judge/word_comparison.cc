// SPDX-License-Identifier: Apache-2.0
#include "word_comparison.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "decimal.h"

namespace mayfly {
namespace {

// Nobody prints a longer number, and reading it takes its time.
constexpr std::size_t kLongestNumber = 1000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t skip_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto count = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(count);
  return count;
}

bool skip_any(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

bool is_number(std::string_view word) {
  if (word.size() > kLongestNumber) return false;
  skip_any(word, "+-");
  std::size_t digits = skip_digits(word);
  if (skip_any(word, ".")) digits += skip_digits(word);
  if (digits == 0) return false;
  if (!skip_any(word, "eE")) return word.empty();
  skip_any(word, "+-");
  return skip_digits(word) > 0 && word.empty();
}

// Absent: it is too large or too small for a double.
std::optional<double> value_of(std::string_view number) {
  if (number.starts_with('+')) number.remove_prefix(1);
  double value = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
  if (parsed.ec != std::errc()) return std::nullopt;
  return value;
}

// What may be wrong with a sum of two doubles that were rounded, of all that is in it.
constexpr double kRounding = 1e-15;

// Near the end of their range doubles have fewer digits.
bool is_coarse(double value) { return value != 0 && std::fabs(value) < 1e-290; }

// As far as doubles can tell.
std::optional<bool> is_surely_close(const Comparison& comparison, std::string_view number, std::string_view expected) {
  const auto got = value_of(number), wanted = value_of(expected);
  if (!got || !wanted || is_coarse(*got) || is_coarse(*wanted)) return std::nullopt;
  const double distance = std::fabs(*got - *wanted);
  const double most = std::max(comparison.absolute, comparison.relative * std::fabs(*wanted));
  if (is_coarse(most)) return std::nullopt;
  const double doubt = kRounding * (std::fabs(*got) + std::fabs(*wanted) + most);
  if (distance + doubt < most) return true;
  if (distance - doubt > most) return false;
  return std::nullopt;
}

// |number - expected| <= most. Without a subtraction: where both are on the same side of zero, the smaller one and `most`
// add up to the larger one, or to more.
bool is_within(const Decimal& number, const Decimal& expected, bool same_side, const Decimal& most) {
  if (!same_side) return compare_sum(number, expected, most) <= 0;
  const bool larger = compare_sum(number, {}, expected) > 0;
  return compare_sum(larger ? expected : number, most, larger ? number : expected) >= 0;
}

bool is_close(const Comparison& comparison, std::string_view number, std::string_view expected) {
  if (const auto sure = is_surely_close(comparison, number, expected)) return *sure;
  const Decimal got = parse_decimal(number), wanted = parse_decimal(expected);
  const bool same_side = number.starts_with('-') == expected.starts_with('-');
  return is_within(got, wanted, same_side, decimal_of(comparison.absolute)) ||
         is_within(got, wanted, same_side, product(wanted, decimal_of(comparison.relative)));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_same_but_for_case(std::string_view word, std::string_view expected) {
  return std::equal(word.begin(), word.end(), expected.begin(), expected.end(), [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace

bool is_same_word(const Comparison& comparison, std::string_view word, std::string_view expected) {
  if (word == expected) return true;
  if (comparison.mode == Comparison::Mode::floats && is_number(expected)) return is_number(word) && is_close(comparison, word, expected);
  return !comparison.case_sensitive && is_same_but_for_case(word, expected);
}

}  // namespace mayfly
