// SPDX-License-Identifier: Apache-2.0
#include "word_comparison.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

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

// Absent: it is too large or too small for a Number.
template <typename Number>
std::optional<Number> value_of(std::string_view number) {
  if (number.starts_with('+')) number.remove_prefix(1);
  Number value = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
  if (parsed.ec != std::errc()) return std::nullopt;
  return value;
}

template <typename Number>
bool is_within(const Comparison& comparison, std::string_view number, std::string_view expected) {
  const auto got = value_of<Number>(number);
  const auto wanted = value_of<Number>(expected);
  if (!got || !wanted) return false;
  const Number distance = std::fabs(*got - *wanted);
  return distance <= static_cast<Number>(comparison.absolute) || distance <= static_cast<Number>(comparison.relative) * std::fabs(*wanted);
}

// The longer type is slow, and is asked only before a number is refused, which ends the search.
bool is_close(const Comparison& comparison, std::string_view number, std::string_view expected) {
  return is_within<double>(comparison, number, expected) || is_within<long double>(comparison, number, expected);
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
