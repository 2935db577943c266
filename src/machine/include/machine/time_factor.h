// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "machine/factory.h"
#include "ring/ring.h"

namespace mayfly {

// How many times longer a program takes in machines of this host than on the processor of reference.
struct TimeFactor {
  double factor = 1;
  bool from_cache = false;  // remembered, not measured now
};

// What the agent's fixed work (guest/fixed_work.h) takes there. The processor of reference is none that was measured: it is
// one that does this work in this time.
inline constexpr Nanoseconds kReferenceWork = 80 * kMillisecond;

// A factor is whole, so that it is the same for each of equal hosts, and within these.
inline constexpr double kLeastTimeFactor = 1;
inline constexpr double kMostTimeFactor = 100;
double time_factor_of(Nanoseconds work);

// Boots `parts`, without a disk, and has the agent do its work twice; what counts is the processor time of the faster one, so
// that the load of the host does not. The answer is remembered below <home>/cache for this model of processor, accelerator,
// QEMU binary, guest kernel and mayfly. Runs the ring; call it before the ring has other work.
Result<TimeFactor> measure_time_factor(Ring& ring, MachineParts parts, const std::string& home, const std::string& qemu_sha256);

// Forgets the answer, so that the next call measures again.
void forget_time_factor(const std::string& home);

}  // namespace mayfly
