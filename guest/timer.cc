// SPDX-License-Identifier: Apache-2.0
#include "guest/timer.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <cerrno>

namespace mayfly::guest {

Result<void> Timer::open(Loop& loop, Watcher& watcher) {
  fd_.reset(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  if (!fd_) return Error::system("timerfd_create", errno);
  // Edge-triggered, so that an expiry need not be read.
  return loop.watch(fd_.get(), EPOLLIN | EPOLLET, watcher);
}

void Timer::arm(Nanoseconds from_now) {
  deadline_ = monotonic_now() + from_now;
  set(from_now);
}

void Timer::disarm() {
  if (deadline_ == 0) return;
  deadline_ = 0;
  set(0);
}

void Timer::set(Nanoseconds from_now) {
  itimerspec setting{};
  setting.it_value.tv_sec = from_now / kSecond;
  setting.it_value.tv_nsec = from_now % kSecond;
  ::timerfd_settime(fd_.get(), 0, &setting, nullptr);
}

}  // namespace mayfly::guest
