// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "guest/loop.h"
#include "guest/task_cgroup.h"
#include "guest/timer.h"

namespace mayfly::guest {

// The CPU time that a program's whole tree may use. It looks at the cgroup's count at the earliest
// moment at which the budget can be spent, with all processors busy, and then at the next one.
class CpuLimit {
 public:
  // The watcher is called when the budget may be spent: ask is_spent(), which sets the next time.
  Result<void> open(Loop& loop, Watcher& watcher);

  // `cgroup` must live until disarm().
  void arm(const TaskCgroup& cgroup, std::int64_t budget_ms);
  void disarm();
  bool is_spent();

 private:
  // A program that sleeps with next to nothing left is not looked at more often.
  static constexpr Nanoseconds kLeastWait = 10 * kMillisecond;

  void wait_for(std::int64_t rest_ms);

  Timer timer_;
  std::int64_t processors_ = 1;
  std::int64_t budget_ms_ = 0;
  const TaskCgroup* cgroup_ = nullptr;
};

}  // namespace mayfly::guest
