// SPDX-License-Identifier: Apache-2.0
#include "cgroup_counters.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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

void throttled_usec(std::string_view text, CgroupUsage& usage) {
  if (const auto us = flat_value(text, "throttled_usec")) usage.throttled_ns = *us * 1000;
}

void throttled_time(std::string_view text, CgroupUsage& usage) { usage.throttled_ns = flat_value(text, "throttled_time"); }

void cpuacct_usage(std::string_view text, CgroupUsage& usage) { usage.cpu_ns = number(text); }

void memory_now(std::string_view text, CgroupUsage& usage) { usage.memory_bytes = number(text); }

void memory_peak(std::string_view text, CgroupUsage& usage) { usage.memory_peak_bytes = number(text); }

void oom_kills(std::string_view text, CgroupUsage& usage) {
  if (const auto kills = flat_value(text, "oom_kill")) usage.oom_kills = *kills;
}

// The number behind `key`, wherever that stands.
std::optional<std::int64_t> field(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  return number(text.substr(at + key.size()));
}

// "8:0 rbytes=1 wbytes=2 rios=…", a device a line.
void io_stat(std::string_view text, CgroupUsage& usage) {
  std::optional<std::int64_t> read, written;
  each_line(text, [&](std::string_view line) {
    add(read, field(line, " rbytes="));
    add(written, field(line, " wbytes="));
  });
  take_larger(usage.read_bytes, read);
  take_larger(usage.write_bytes, written);
}

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=1", then the same for "full".
std::optional<std::int64_t> pressure_total(std::string_view text) {
  return text.starts_with("some ") ? field(text.substr(0, text.find('\n')), " total=") : std::nullopt;
}

void cpu_pressure(std::string_view text, CgroupUsage& usage) { usage.pressure.cpu_us = pressure_total(text); }

void memory_pressure(std::string_view text, CgroupUsage& usage) { usage.pressure.memory_us = pressure_total(text); }

void io_pressure(std::string_view text, CgroupUsage& usage) { usage.pressure.io_us = pressure_total(text); }

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

std::vector<CounterFile> gauge_files(bool v2, std::string_view controller) {
  if (controller != "memory") return {};
  return {{v2 ? "memory.current" : "memory.usage_in_bytes", memory_now}};
}

CounterFile throttle_file(bool v2) { return {"cpu.stat", v2 ? throttled_usec : throttled_time}; }

std::vector<CounterFile> pressure_files() {
  return {{"cpu.pressure", cpu_pressure}, {"memory.pressure", memory_pressure}, {"io.pressure", io_pressure}};
}

CgroupUsage read_counter(const CgroupCounter& counter) {
  CgroupUsage usage;
  std::array<char, 4096> text;
  const ssize_t n = ::pread(counter.file.get(), text.data(), text.size(), 0);
  if (n > 0) counter.parse({text.data(), static_cast<std::size_t>(n)}, usage);
  return usage;
}

std::vector<CgroupCounter> host_pressure() {
  std::vector<CgroupCounter> out;
  for (const CounterFile& file : {CounterFile{"/proc/pressure/cpu", cpu_pressure},
                                  CounterFile{"/proc/pressure/memory", memory_pressure},
                                  CounterFile{"/proc/pressure/io", io_pressure}}) {
    Fd fd(::open(file.name, O_RDONLY | O_CLOEXEC));
    if (fd) out.push_back({std::move(fd), file.parse});
  }
  return out;
}

void take_larger(std::optional<std::int64_t>& known, std::optional<std::int64_t> other) {
  if (other && *other > known.value_or(-1)) known = other;
}

void parse_process_io(std::string_view text, CgroupUsage& usage) {
  take_larger(usage.read_bytes, field(text, "\nread_bytes: "));
  take_larger(usage.write_bytes, field(text, "\nwrite_bytes: "));
}

}  // namespace mayfly
