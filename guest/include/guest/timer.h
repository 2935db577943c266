// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/fd.h"
#include "guest/loop.h"

namespace mayfly::guest {

// One deadline. The watcher given to open() is called when it may have passed: ask expired().
class Timer {
 public:
  Result<void> open(Loop& loop, Watcher& watcher);

  void arm(Nanoseconds from_now);
  void disarm();
  bool expired() const { return deadline_ != 0 && monotonic_now() >= deadline_; }

 private:
  void set(Nanoseconds from_now);

  Fd fd_;
  Nanoseconds deadline_ = 0;  // 0: none
};

}  // namespace mayfly::guest
