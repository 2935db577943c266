// SPDX-License-Identifier: Apache-2.0
#include "total_time.h"

#include <limits>

namespace mayfly {

TotalTime::TotalTime(Ring& ring, const Machine& machine, std::optional<std::int64_t> limit_ms)
    : clock_(ring, machine), limit_ms_(limit_ms) {
  if (limit_ms_) clock_.start();
}

Nanoseconds TotalTime::left() {
  return limit_ms_ ? *limit_ms_ * kMillisecond - clock_.served()
                   : std::numeric_limits<Nanoseconds>::max();
}

std::int64_t TotalTime::left_ms() {
  const Nanoseconds nanoseconds = left();
  return nanoseconds / kMillisecond + (nanoseconds % kMillisecond > 0 ? 1 : 0);
}

}  // namespace mayfly
