// SPDX-License-Identifier: Apache-2.0
#include "cpu_budget.h"

#include <algorithm>

namespace mayfly {
namespace {

// The host's count is no finer: no timer for less than this.
constexpr Nanoseconds kShortest = 4 * kMillisecond;

}  // namespace

void CpuBudget::start(const Machine& machine, Nanoseconds budget) {
  machine_ = &machine;
  budget_ = budget;
  at_start_ = machine.served_times();
  wait_for(budget, at_start_.vcpus.size());
}

void CpuBudget::check() {
  const ServedTimes now = machine_->served_times();
  const Nanoseconds left = budget_ - ran_between(at_start_, now);
  if (left < 0) return on_spent_();
  wait_for(left, now.vcpus.size());
}

void CpuBudget::wait_for(Nanoseconds left, std::size_t processors) {
  timer_.start(
      std::max(left / static_cast<Nanoseconds>(std::max<std::size_t>(processors, 1)), kShortest));
}

}  // namespace mayfly
