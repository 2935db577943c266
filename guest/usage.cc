// SPDX-License-Identifier: Apache-2.0
#include "guest/usage.h"

#include <charconv>

namespace mayfly::guest {
namespace {

std::optional<std::int64_t> leading_number(std::string_view text) {
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || value < 0) return std::nullopt;
  return value;
}

std::string_view take_until(std::string_view& text, char end) {
  const std::size_t length = text.find(end);
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(length == std::string_view::npos ? text.size() : length + 1);
  return taken;
}

std::int64_t milliseconds(std::string_view cpu_stat, std::string_view key) {
  return flat_value(cpu_stat, key).value_or(0) / 1000;
}

}  // namespace

std::optional<std::int64_t> flat_value(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (take_until(line, ' ') == key) return leading_number(line);
  }
  return std::nullopt;
}

std::int64_t nested_sum(std::string_view text, std::string_view key) {
  std::int64_t sum = 0;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    while (!line.empty()) {
      std::string_view word = take_until(line, ' ');
      if (take_until(word, '=') == key) sum += leading_number(word).value_or(0);
    }
  }
  return sum;
}

std::optional<std::int64_t> single_value(std::string_view text) { return leading_number(text); }

void add_cpu_stat(GuestUsage& usage, std::string_view cpu_stat) {
  usage.cpu_ms = milliseconds(cpu_stat, "usage_usec");
  usage.user_ms = milliseconds(cpu_stat, "user_usec");
  usage.system_ms = milliseconds(cpu_stat, "system_usec");
}

void add_io_stat(GuestUsage& usage, std::string_view io_stat) {
  usage.io_kb = (nested_sum(io_stat, "rbytes") + nested_sum(io_stat, "wbytes")) / 1024;
}

void add_memory_peak(GuestUsage& usage, std::string_view memory_peak) {
  if (const auto bytes = single_value(memory_peak)) usage.mem_kb = *bytes / 1024;
}

}  // namespace mayfly::guest
