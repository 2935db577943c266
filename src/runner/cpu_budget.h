// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "machine/machine.h"
#include "ring/ring.h"

namespace mayfly {

// Tells when a machine's virtual processors have used so much time of the host's, counted from
// start(). There is one timer, for the earliest moment at which that can be: the budget that is
// left, on all of them at once.
class CpuBudget {
 public:
  CpuBudget(Ring& ring, std::function<void()> on_spent)
      : timer_(ring, [this] { check(); }), on_spent_(std::move(on_spent)) {}

  // The machine must live until stop().
  void start(const Machine& machine, Nanoseconds budget);
  void stop() { timer_.stop(); }

 private:
  void check();
  void wait_for(Nanoseconds left, std::size_t processors);

  Timer timer_;
  std::function<void()> on_spent_;
  const Machine* machine_ = nullptr;
  Nanoseconds budget_ = 0;
  ServedTimes at_start_;
};

}  // namespace mayfly
