// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace mayfly {

// Nanoseconds of CLOCK_MONOTONIC: for durations and deadlines.
using Nanoseconds = std::int64_t;

constexpr Nanoseconds kMillisecond = 1'000'000;
constexpr Nanoseconds kSecond = 1'000 * kMillisecond;

Nanoseconds monotonic_now();

// Nanoseconds since the Unix epoch (CLOCK_REALTIME): for the guest's clock and for logs.
Nanoseconds realtime_now();

// "2026-11-22T07:26:00.123456Z" (RFC 3339).
std::string utc_time(Nanoseconds since_epoch);

}  // namespace mayfly
