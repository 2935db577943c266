// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "ring/ring.h"

namespace mayfly {

// Waits once for events on a descriptor (a pidfd, a signalfd), then calls back. The caller
// keeps the descriptor open as long as the Watch lives. May be destroyed in its own
// callback; after the destructor the callback is never called.
class Watch {
 public:
  Watch(Ring& ring, int fd, unsigned events, std::function<void()> on_event);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void rearm();  // after the callback, to wait again

 private:
  struct PollOp;
  Ring& ring_;
  std::unique_ptr<PollOp> op_;
};

}  // namespace mayfly
