// SPDX-License-Identifier: Apache-2.0
#include "task/limits.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <limits>
#include <string>

#include "image/overlay.h"

namespace mayfly {
namespace {

using Unit = LimitUnit;

constexpr double kNone = std::numeric_limits<double>::infinity();
constexpr double kMs = kMaxTimeoutMs;
constexpr double kMaxCount = 1LL << 20;  // of what Linux gives at all: processes, descriptors of one

constexpr std::array<LimitRow, kLimits> kTable = {{
    {"timeout_ms", "--timeout", Unit::milliseconds, 1, kMs, kDefaultTimeoutMs, &Limits::timeout_ms, "--max-timeout",
     "Wall time limit of the program, such as 30s or 500ms [60s]"},
    {"output_bytes", "--output-limit", Unit::bytes, 0, kMaxOutputBytes, kDefaultOutputBytes, &Limits::output_bytes,
     "--max-output", "Maximum size of stdout and stderr together [16M]"},
    {"memory_bytes", "-m,--memory", Unit::bytes, kMinMemoryBytes, kMaxMemoryBytes, kDefaultMemoryBytes,
     &Limits::memory_bytes, "--max-memory", "Memory limit, such as 512M; also sizes the machine [512M]"},
    {"cpus", "--cpus", Unit::processors, 0.01, kMaxCpus, 1, &Limits::cpus, "--max-cpus",
     "Number of processors of the machine; may be a fraction [1]"},
    {"cpu_ms", "--cpu-time", Unit::milliseconds, 1, kMs, kNone, &Limits::cpu_ms, "--max-cpu-time",
     "Processor time limit, such as 10s [no limit]"},
    {"disk_bytes", "--disk", Unit::bytes, 1, kMaxDiskBytes, kDefaultDiskBytes, &Limits::disk_bytes, "--max-disk",
     "Disk limit, such as 100M [4G; unless given, writes are not synced before the verdict]"},
    {"io_bytes_per_s", "--io-rate", Unit::bytes, kMinIoRate, kMaxDiskBytes, kNone, &Limits::io_bytes_per_s,
     "--max-io-rate", "Disk bandwidth limit in bytes per second, for reads and writes each [no limit]"},
    {"compile_ms", "--compile-time", Unit::milliseconds, 1, kMs, kDefaultCompileMs, &Limits::compile_ms, "--max-compile-time",
     "Wall time limit of each step before the program, such as compilation [60s]"},
    {"total_ms", "--total-time", Unit::milliseconds, 1, kMs, kNone, &Limits::total_ms, "--max-total-time",
     "Wall time limit of all programs of a task together [no limit]"},
    {"file_bytes", "--file-size", Unit::bytes, 1, kMaxDiskBytes, kNone, &Limits::file_bytes, "--max-file-size",
     "Maximum size of a file that the program writes, in the sandbox [no limit]"},
    {"processes", "--processes", Unit::count, 1, kMaxCount, kDefaultProcesses, &Limits::processes, "--max-processes",
     "Maximum number of processes and threads, in the sandbox [256]"},
    {"open_files", "--open-files", Unit::count, 1, kMaxCount, kDefaultOpenFiles, &Limits::open_files, "--max-open-files",
     "Maximum number of open files per process, in the sandbox [1024]"},
    {"stdout_bytes", "--stdout-limit", Unit::bytes, 1, kMaxOutputBytes, kNone, &Limits::stdout_bytes, "--max-stdout",
     "Maximum size of stdout, in the sandbox [as --output-limit]"},
    {"stderr_bytes", "--stderr-limit", Unit::bytes, 1, kMaxOutputBytes, kNone, &Limits::stderr_bytes, "--max-stderr",
     "Maximum size of stderr, in the sandbox [as --output-limit]"},
}};

constexpr std::size_t bytes_of_members() {
  std::size_t bytes = 0;
  for (const LimitRow& row : kTable) {
    bytes += std::visit([]<typename Member>(Member Limits::*) { return sizeof(Member); }, row.member);
  }
  return bytes;
}
static_assert(bytes_of_members() == sizeof(Limits), "each member has its row");

std::string unit_of(const LimitRow& row) {
  switch (row.unit) {
    case Unit::milliseconds: return " ms";
    case Unit::bytes: return row.field == "io_bytes_per_s" ? " bytes/s" : " bytes";
    case Unit::processors: return " processors";
    case Unit::count: break;
  }
  return "";
}

}  // namespace

const std::array<LimitRow, kLimits>& limit_table() { return kTable; }

const LimitRow& limit_row(std::string_view field) {
  const auto row = std::find_if(kTable.begin(), kTable.end(), [field](const LimitRow& r) { return r.field == field; });
  assert(row != kTable.end());
  return *row;
}

std::string to_figure(double value) {
  const auto whole = static_cast<std::int64_t>(value);
  if (static_cast<double>(whole) == value) return std::to_string(whole);
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::optional<double> value_of(const Limits& limits, const LimitRow& row) {
  return std::visit(
      [&limits](auto member) -> std::optional<double> {
        if constexpr (std::is_same_v<decltype(member), std::optional<std::int64_t> Limits::*>) {
          return limits.*member ? std::optional<double>(static_cast<double>(*(limits.*member))) : std::nullopt;
        } else {
          return static_cast<double>(limits.*member);
        }
      },
      row.member);
}

void set(Limits& limits, const LimitRow& row, double value) {
  std::visit(
      [&limits, value](auto member) {
        if constexpr (std::is_same_v<decltype(member), double Limits::*>) {
          limits.*member = value;
        } else {
          limits.*member = static_cast<std::int64_t>(value);
        }
      },
      row.member);
}

Result<void> Ceilings::check(const LimitRow& row, double asked) const {
  if (asked <= most(row)) return {};
  return Error("asks for " + to_figure(asked) + unit_of(row) + ", and " + std::string(row.ceiling) + " allows " +
               to_figure(most(row)) + unit_of(row));
}

void Ceilings::lower(Limits& defaults) const {
  for (const LimitRow& row : kTable) {
    if (is_set(row) && value_of(defaults, row).value_or(row.unset) > most(row)) mayfly::set(defaults, row, most(row));
  }
}

}  // namespace mayfly
