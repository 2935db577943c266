// SPDX-License-Identifier: Apache-2.0
#include "guest/cpu_limit.h"

#include <unistd.h>

#include <algorithm>

namespace mayfly::guest {

Result<void> CpuLimit::open(Loop& loop, Watcher& watcher) {
  processors_ = std::max(::sysconf(_SC_NPROCESSORS_ONLN), 1L);
  return timer_.open(loop, watcher);
}

void CpuLimit::arm(const TaskCgroup& cgroup, std::int64_t budget_ms) {
  cgroup_ = &cgroup;
  budget_ms_ = budget_ms;
  wait_for(budget_ms);
}

void CpuLimit::disarm() {
  timer_.disarm();
  cgroup_ = nullptr;
}

bool CpuLimit::is_spent() {
  if (!cgroup_ || !timer_.expired()) return false;
  const std::int64_t rest_ms = budget_ms_ - cgroup_->usage().cpu_ms;
  if (rest_ms <= 0) return true;
  wait_for(rest_ms);
  return false;
}

void CpuLimit::wait_for(std::int64_t rest_ms) {
  timer_.arm(std::max(rest_ms * kMillisecond / processors_, kLeastWait));
}

}  // namespace mayfly::guest
