// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "machine/served_timer.h"
#include "ring/ring.h"

namespace mayfly {

// What is left of the time that all files and programs of a task may take together.
class TotalTime {
 public:
  // Begins now. No limit: there is always time. `machine` must outlive it.
  TotalTime(Ring& ring, const Machine& machine, std::optional<std::int64_t> limit_ms);

  // 0 or less: it is over. Without a limit the most that there is.
  Nanoseconds left();
  std::int64_t left_ms();  // rounded up

  // Only where there is one.
  std::int64_t limit_ms() const { return *limit_ms_; }

 private:
  ServedClock clock_;
  std::optional<std::int64_t> limit_ms_;
};

}  // namespace mayfly
