// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "machine/machine.h"
#include "ring/ring.h"

namespace mayfly {

// Tells when a machine has used so much CPU time, counted from start(). There is one timer, for
// the earliest moment at which that can be: the budget that is left, on all processors at once.
class CpuBudget {
 public:
  CpuBudget(Ring& ring, std::function<void()> on_spent) : timer_(ring, [this] { check(); }), on_spent_(std::move(on_spent)) {}

  // The machine must live until stop().
  void start(const Machine& machine, Nanoseconds budget, int processors);
  void stop() { timer_.stop(); }

 private:
  void check();

  Timer timer_;
  std::function<void()> on_spent_;
  const Machine* machine_ = nullptr;
  Nanoseconds end_ = 0;  // on the machine's clock of CPU time
  int processors_ = 1;
};

}  // namespace mayfly
