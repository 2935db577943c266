// SPDX-License-Identifier: Apache-2.0
#include "ring/watch.h"

namespace mayfly {

struct Watch::PollOp : Op {
  int fd = -1;
  unsigned events = 0;
  std::function<void()> on_event;
  bool abandoned = false;

  void complete(int result, std::uint32_t) override {
    if (!abandoned && result > 0) on_event();  // a regular file cannot be polled: -EPERM
  }
};

Watch::Watch(Ring& ring, int fd, unsigned events, std::function<void()> on_event)
    : ring_(ring), op_(std::make_unique<PollOp>()) {
  op_->fd = fd;
  op_->events = events;
  op_->on_event = std::move(on_event);
  rearm();
}

Watch::~Watch() {
  op_->abandoned = true;
  ring_.retire(std::move(op_));
}

void Watch::rearm() {
  if (!op_->in_flight()) ring_.poll(*op_, op_->fd, op_->events);
}

}  // namespace mayfly
