// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "base/fd.h"
#include "ring/ring.h"
#include "ring/watch.h"

namespace mayfly {

// Waits for an exclusive flock(2) without holding up the loop. The kernel has no other way to
// wait for such a lock than to sleep in the call, and io_uring has no operation for it, so a
// thread sleeps where the lock is not free at once. Destroying the object gives up: what the
// thread then still gets, it lets go of.
class LockWait {
 public:
  // `on_locked` is called once, from the loop, with the descriptor that holds the lock; it may
  // destroy the object.
  LockWait(Ring& ring, Fd file, std::function<void(Result<Fd>)> on_locked);
  ~LockWait();

 private:
  struct Shared;
  Result<void> wait_in_thread(Ring& ring);
  void locked();

  std::shared_ptr<Shared> shared_;
  std::function<void(Result<Fd>)> on_locked_;
  std::unique_ptr<Watch> watch_;
};

}  // namespace mayfly
