// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <ctime>

namespace mayfly {
namespace {

Nanoseconds read_clock(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

}  // namespace

Nanoseconds monotonic_now() { return read_clock(CLOCK_MONOTONIC); }

Nanoseconds realtime_now() { return read_clock(CLOCK_REALTIME); }

}  // namespace mayfly
