// SPDX-License-Identifier: Apache-2.0
#include "units.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace mayfly {
namespace {

constexpr double kMaxValue = 9e15;  // exact in a double, far above any limit

struct Quantity {
  double value;
  std::string_view unit;
};

std::optional<Quantity> split(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !(value >= 0)) return std::nullopt;
  return Quantity{value, text.substr(static_cast<std::size_t>(end - text.data()))};
}

std::optional<double> duration_unit(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit.empty() || unit == "s") return 1000;
  if (unit == "m" || unit == "min") return 60'000;
  if (unit == "h") return 3'600'000;
  return std::nullopt;
}

std::optional<double> size_unit(std::string_view unit) {
  if (unit.ends_with("iB")) unit.remove_suffix(2);
  else if (unit.ends_with("B")) unit.remove_suffix(1);
  if (unit.empty()) return 1;
  if (unit == "k" || unit == "K") return 1024.0;
  if (unit == "M" || unit == "m") return 1024.0 * 1024;
  if (unit == "G" || unit == "g") return 1024.0 * 1024 * 1024;
  if (unit == "T" || unit == "t") return 1024.0 * 1024 * 1024 * 1024;
  return std::nullopt;
}

}  // namespace

Result<std::int64_t> parse_duration_ms(std::string_view text) {
  const auto quantity = split(text);
  const auto unit = quantity ? duration_unit(quantity->unit) : std::nullopt;
  const double ms = unit ? std::ceil(quantity->value * *unit) : 0;
  if (ms < 1 || ms > kMaxValue) {
    return Error("'" + std::string(text) + "' is not a duration such as 30s, 500ms, 2m or 1h");
  }
  return static_cast<std::int64_t>(ms);
}

Result<std::int64_t> parse_size_bytes(std::string_view text) {
  const auto quantity = split(text);
  const auto unit = quantity ? size_unit(quantity->unit) : std::nullopt;
  const double bytes = unit ? quantity->value * *unit : -1;
  if (bytes < 0 || bytes > kMaxValue) {
    return Error("'" + std::string(text) + "' is not a size such as 512M, 64k, 1G or 4096");
  }
  return static_cast<std::int64_t>(bytes);
}

}  // namespace mayfly
