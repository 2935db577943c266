// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace mayfly {

// Nanoseconds of CLOCK_MONOTONIC: for durations and deadlines.
using Nanoseconds = std::int64_t;

constexpr Nanoseconds kMillisecond = 1'000'000;
constexpr Nanoseconds kSecond = 1'000 * kMillisecond;

Nanoseconds monotonic_now();

// Nanoseconds since the Unix epoch (CLOCK_REALTIME): for the guest's clock and for logs.
Nanoseconds realtime_now();

}  // namespace mayfly
