// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace mayfly {

// What the host has left, from /proc/meminfo and /proc/pressure/memory (proc(5), PSI).
struct MemoryState {
  std::int64_t total_bytes = 0;      // MemTotal
  std::int64_t available_bytes = 0;  // MemAvailable
  double pressure = 0;  // share of the last 10 s in which some task waited for memory, in percent
};

// Reads the two texts; an empty `pressure` (a kernel without PSI) counts as none.
Result<MemoryState> parse_memory_state(std::string_view meminfo, std::string_view pressure);

// True if one more machine may be launched: with `wanted_bytes` for it, and what `launching`
// others have not yet taken, the host keeps a reserve, and it does not struggle already.
bool admits(const MemoryState& state, std::int64_t wanted_bytes, int launching);

// The two files, kept open.
class HostMemory {
 public:
  static Result<HostMemory> open();
  Result<MemoryState> read() const;

 private:
  Fd meminfo_;
  Fd pressure_;  // empty without PSI
};

}  // namespace mayfly
