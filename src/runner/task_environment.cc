// SPDX-License-Identifier: Apache-2.0
#include "runner/task_environment.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace mayfly {
namespace {

// The guest's kernel, agent and page tables, beside what the task may use.
constexpr int kReserveMib = 64;
constexpr int kSmallestShapeMib = 128;

// An interpreter's or compiler's files stay in memory beside a program that fills its limit. Else
// their pages would be read again and again, each time as the program's own, and it would crawl at
// its limit instead of ending there.
constexpr int kLanguageFilesMib = 128;

std::int64_t mib(std::int64_t bytes) { return (bytes + (1 << 20) - 1) >> 20; }

}  // namespace

MachineShape shape_for(const Limits& limits, const Language* language) {
  const std::int64_t reserve = language ? mib(language->memory_reserve_bytes) : 0;
  const auto wanted = static_cast<std::uint64_t>(
      std::max<std::int64_t>(mib(limits.memory_bytes) - reserve, kSmallestShapeMib));
  return {static_cast<int>(std::bit_ceil(wanted)) + static_cast<int>(reserve) + kReserveMib +
              (language ? kLanguageFilesMib : 0),
          static_cast<int>(std::ceil(limits.cpus)), language ? language->name : ""};
}

}  // namespace mayfly
