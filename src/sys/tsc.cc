// SPDX-License-Identifier: Apache-2.0
#include "sys/tsc.h"

#include <cpuid.h>
#include <x86intrin.h>

#include "base/clock.h"

namespace mayfly {
namespace {

constexpr Nanoseconds kWindow = 2 * kMillisecond;
constexpr unsigned kPowerLeaf = 0x80000007;
constexpr unsigned kInvariantTsc = 1u << 8;  // of edx (Intel SDM, volume 2, CPUID)

bool tsc_is_invariant() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(kPowerLeaf, &a, &b, &c, &d) == 1 && (d & kInvariantTsc);
}

}  // namespace

std::int64_t measure_tsc_khz() {
  if (!tsc_is_invariant()) return 0;
  const Nanoseconds start = monotonic_now();
  const std::uint64_t first = __rdtsc();
  Nanoseconds elapsed = 0;
  while (elapsed < kWindow) elapsed = monotonic_now() - start;
  const std::uint64_t ticks = __rdtsc() - first;
  return static_cast<std::int64_t>(ticks) * kMillisecond / elapsed;
}

}  // namespace mayfly
