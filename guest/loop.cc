// SPDX-License-Identifier: Apache-2.0
#include "guest/loop.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>

namespace mayfly::guest {

Result<Loop> Loop::open() {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return Error::system("epoll_create1", errno);
  return Loop(std::move(epoll));
}

Result<void> Loop::watch(int fd, std::uint32_t events, Watcher& watcher) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watcher;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return {};
  return Error::system("epoll_ctl", errno);
}

void Loop::forget(int fd) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

Error Loop::run() {
  std::array<epoll_event, 16> batch;
  for (;;) {
    const int count = ::epoll_wait(epoll_.get(), batch.data(), batch.size(), -1);
    if (count < 0 && errno != EINTR) return Error::system("epoll_wait", errno);
    for (int i = 0; i < count; ++i) {
      static_cast<Watcher*>(batch[i].data.ptr)->ready(batch[i].events);
    }
  }
}

}  // namespace mayfly::guest
