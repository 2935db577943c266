// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/fd.h"
#include "guest/loop.h"
#include "guest/task.h"

namespace mayfly::guest {

// Reaps every child, as PID 1 must, and tells the task of each.
class Reaper final : public Watcher {
 public:
  explicit Reaper(Task& task) : task_(task) {}

  // Blocks all signals of this process: SIGCHLD comes by the loop, the others never.
  Result<void> open(Loop& loop);
  void ready(std::uint32_t events) override;

 private:
  // A program that makes zombies as fast as they are reaped must not keep the loop.
  static constexpr int kBatch = 256;

  Task& task_;
  Fd fd_;
};

}  // namespace mayfly::guest
