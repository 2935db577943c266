// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/fd.h"
#include "base/result.h"

namespace mayfly::guest {

// Told when its descriptor is ready. Must outlive the loop. The call may be spurious: events
// are fetched in batches, so one may arrive for a descriptor that was closed, or replaced,
// a moment ago. So every descriptor is non-blocking.
class Watcher {
 public:
  virtual void ready(std::uint32_t events) = 0;

 protected:
  ~Watcher() = default;
};

// A Watcher that calls a member function of its owner.
template <class Owner>
class Notify final : public Watcher {
 public:
  Notify(Owner& owner, void (Owner::*method)()) : owner_(owner), method_(method) {}
  void ready(std::uint32_t) override { (owner_.*method_)(); }

 private:
  Owner& owner_;
  void (Owner::*method_)();
};

// The agent's only waiting place: one epoll set. Closing a descriptor takes it out.
class Loop {
 public:
  static Result<Loop> open();

  // `events` as in epoll_ctl(2); level-triggered unless EPOLLET is among them.
  Result<void> watch(int fd, std::uint32_t events, Watcher& watcher);
  void forget(int fd);

  // Never returns but for an error of epoll itself.
  Error run();

 private:
  explicit Loop(Fd epoll) : epoll_(std::move(epoll)) {}

  Fd epoll_;
};

}  // namespace mayfly::guest
