// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace mayfly {

// The rate of this processor's time stamp counter in kHz, measured against CLOCK_MONOTONIC
// for two milliseconds; 0 where the counter does not run at a constant rate (no
// "constant_tsc" or "nonstop_tsc" in CPUID 0x80000007).
std::int64_t measure_tsc_khz();

}  // namespace mayfly
