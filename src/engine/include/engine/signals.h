// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "base/fd.h"
#include "base/result.h"
#include "ring/watch.h"

namespace mayfly {

// Turns SIGINT and SIGTERM into calls on the loop (signalfd(2)). Blocks the two
// signals in this process for good.
class Signals {
 public:
  static Result<std::unique_ptr<Signals>> open(Ring& ring, std::function<void(int signal)> on_signal);

 private:
  Signals(Ring& ring, Fd fd, std::function<void(int signal)> on_signal);
  void take();

  Fd fd_;
  std::function<void(int)> on_signal_;
  Watch watch_;
};

}  // namespace mayfly
