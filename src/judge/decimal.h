// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mayfly {

// A decimal number that is not negative, exactly: digits × 10^exponent. Exponents are cut at ±kMostExponent.
struct Decimal {
  static constexpr std::int64_t kMostExponent = 1'000'000'000;

  std::string digits;  // values 0 to 9, the most significant first, which is not 0; empty: zero
  std::int64_t exponent = 0;

  // Of the place before the first digit: the number is less than 10^magnitude().
  std::int64_t magnitude() const { return exponent + static_cast<std::int64_t>(digits.size()); }
};

// Of digits with at most one point among them, and an exponent if there is an 'e' or 'E'; a sign is passed over.
Decimal parse_decimal(std::string_view number);

// Of the shortest text that means this double, which is what somebody will have written.
Decimal decimal_of(double value);

// Exactly. `factor` has 18 digits at most.
Decimal product(const Decimal& number, const Decimal& factor);

// Below, at or above 0 as a + b is below, at or above `sum`: exactly, in time that depends on the number of their digits only.
int compare_sum(const Decimal& a, const Decimal& b, const Decimal& sum);

}  // namespace mayfly
