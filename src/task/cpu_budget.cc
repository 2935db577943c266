// SPDX-License-Identifier: Apache-2.0
#include "task/cpu_budget.h"

#include <algorithm>

namespace mayfly {
namespace {

// QEMU's own threads use some time beside the guest's: no timer for less than this.
constexpr Nanoseconds kShortest = kMillisecond;

}  // namespace

void CpuBudget::start(const Machine& machine, Nanoseconds budget, int processors) {
  machine_ = &machine;
  end_ = machine.cpu_time() + budget;
  processors_ = processors;
  timer_.start(std::max(budget / processors, kShortest));
}

void CpuBudget::check() {
  const Nanoseconds left = end_ - machine_->cpu_time();
  if (left <= 0) return on_spent_();
  timer_.start(std::max(left / processors_, kShortest));
}

}  // namespace mayfly
