// SPDX-License-Identifier: Apache-2.0
#include "cgroup_counters.h"

#include <charconv>

namespace mayfly {
namespace {

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value < 0) return std::nullopt;
  return value;
}

// Calls `use` with each line, without its end.
template <class Use>
void each_line(std::string_view text, Use use) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    use(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// "<key> <number>" on a line of its own.
std::optional<std::int64_t> flat_value(std::string_view text, std::string_view key) {
  std::optional<std::int64_t> found;
  each_line(text, [&](std::string_view line) {
    if (line.starts_with(key) && line.substr(key.size()).starts_with(' ')) found = number(line.substr(key.size() + 1));
  });
  return found;
}

void add(std::optional<std::int64_t>& sum, std::optional<std::int64_t> more) {
  if (more) sum = sum.value_or(0) + *more;
}

void cpu_stat(std::string_view text, CgroupUsage& usage) {
  if (const auto us = flat_value(text, "usage_usec")) usage.cpu_ns = *us * 1000;
}

void cpuacct_usage(std::string_view text, CgroupUsage& usage) { usage.cpu_ns = number(text); }

void memory_peak(std::string_view text, CgroupUsage& usage) { usage.memory_peak_bytes = number(text); }

void oom_kills(std::string_view text, CgroupUsage& usage) {
  if (const auto kills = flat_value(text, "oom_kill")) usage.oom_kills = *kills;
}

// "8:0 rbytes=1 wbytes=2 rios=…", a device a line.
void io_stat(std::string_view text, CgroupUsage& usage) {
  each_line(text, [&](std::string_view line) {
    const auto field = [&](std::string_view key) -> std::optional<std::int64_t> {
      const std::size_t at = line.find(key);
      if (at == std::string_view::npos) return std::nullopt;
      return number(line.substr(at + key.size()));
    };
    add(usage.read_bytes, field(" rbytes="));
    add(usage.write_bytes, field(" wbytes="));
  });
}

}  // namespace

std::vector<CounterFile> counter_files(bool v2, std::string_view controller) {
  if (controller == "cpu") return v2 ? std::vector<CounterFile>{{"cpu.stat", cpu_stat}} : std::vector<CounterFile>{};
  if (controller == "cpuacct" && !v2) return {{"cpuacct.usage", cpuacct_usage}};
  if (controller == "memory" && v2) return {{"memory.peak", memory_peak}, {"memory.events", oom_kills}};
  if (controller == "memory") return {{"memory.max_usage_in_bytes", memory_peak}, {"memory.oom_control", oom_kills}};
  // Version 1 counts no buffered writes: its figures would be too small, and are left out.
  if (controller == "io" && v2) return {{"io.stat", io_stat}};
  return {};
}

}  // namespace mayfly
