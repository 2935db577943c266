// SPDX-License-Identifier: Apache-2.0
//
// What a task may use: one table says of each limit its field, its options, its range. Parser, options, ceilings and
// their help are made from it, and a test compares docs/reference.md with it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace mayfly {

inline constexpr std::int64_t kDefaultTimeoutMs = 60'000;
inline constexpr std::int64_t kDefaultCompileMs = 60'000;
inline constexpr std::int64_t kMaxTimeoutMs = 7LL * 24 * 3600 * 1000;
inline constexpr std::int64_t kDefaultMemoryBytes = 512LL << 20;
inline constexpr std::int64_t kMinMemoryBytes = 4LL << 20;
inline constexpr std::int64_t kMaxMemoryBytes = 1LL << 40;
inline constexpr std::int64_t kDefaultOutputBytes = 16LL << 20;
inline constexpr std::int64_t kMaxOutputBytes = 1LL << 32;
inline constexpr std::int64_t kDefaultProcesses = 256;  // in the sandbox, as the next
inline constexpr std::int64_t kDefaultOpenFiles = 1024;
inline constexpr double kMaxCpus = 64;
inline constexpr std::int64_t kMaxDiskBytes = 1LL << 40;
inline constexpr std::int64_t kMinIoRate = 64LL << 10;  // slower, and the guest's kernel waits for ever

// What the task may use. Those that hold on this host are named in the result's isolation.limits_enforced.
struct Limits {
  std::int64_t timeout_ms = kDefaultTimeoutMs;      // wall, of the program
  std::int64_t output_bytes = kDefaultOutputBytes;  // stdout and stderr together
  std::int64_t memory_bytes = kDefaultMemoryBytes;  // sizes the machine
  double cpus = 1;                                  // rounded up: the machine's vCPUs
  std::optional<std::int64_t> cpu_ms;               // processor time of the machine
  std::optional<std::int64_t> disk_bytes;           // that may be written to its disk
  std::optional<std::int64_t> io_bytes_per_s;       // of its disk, in each direction
  std::optional<std::int64_t> compile_ms;           // wall, of each step before the program
  std::optional<std::int64_t> total_ms;             // wall, of all its programs together
  std::optional<std::int64_t> file_bytes;           // of one file; this one and those below in the sandbox only
  std::optional<std::int64_t> processes, open_files, stdout_bytes, stderr_bytes;
};

enum class LimitUnit { milliseconds, bytes, count, processors };

struct LimitRow {
  std::string_view field;   // of a task's "limits"
  std::string_view option;  // sets the default of tasks that do not say; empty: there is none
  LimitUnit unit;
  double min, max;
  double unset;  // what it comes to where nothing is said; infinity: no limit
  std::variant<std::int64_t Limits::*, std::optional<std::int64_t> Limits::*, double Limits::*> member;
  std::string_view ceiling;  // the option that bounds what a task may ask for
  std::string_view help;
};

inline constexpr std::size_t kLimits = 14;

// In the order of the members, each of which has its row.
const std::array<LimitRow, kLimits>& limit_table();
const LimitRow& limit_row(std::string_view field);

// 0.5, 60000: without a fraction where there is none.
std::string to_figure(double value);

// nullopt: it is not said.
std::optional<double> value_of(const Limits& limits, const LimitRow& row);
void set(Limits& limits, const LimitRow& row, double value);

// The most that a task may ask for, by the operator's word. What a task does not say is its default, or the ceiling
// where that is less.
class Ceilings {
 public:
  void set(const LimitRow& row, double most) { most_[index(row)] = most; }
  double most(const LimitRow& row) const { return most_[index(row)].value_or(row.max); }
  bool is_set(const LimitRow& row) const { return most_[index(row)].has_value(); }

  // Fails for more than is allowed, with both figures: "asks for 900 s, and --max-timeout allows 60 s".
  Result<void> check(const LimitRow& row, double asked) const;

  void lower(Limits& defaults) const;

 private:
  static std::size_t index(const LimitRow& row) { return static_cast<std::size_t>(&row - limit_table().data()); }

  std::array<std::optional<double>, kLimits> most_;
};

}  // namespace mayfly
