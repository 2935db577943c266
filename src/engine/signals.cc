// SPDX-License-Identifier: Apache-2.0
#include "engine/signals.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace mayfly {

Result<std::unique_ptr<Signals>> Signals::open(Ring& ring, std::function<void(int)> on_signal) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return Error::system("signalfd", errno);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return std::unique_ptr<Signals>(new Signals(ring, std::move(fd), std::move(on_signal)));
}

Signals::Signals(Ring& ring, Fd fd, std::function<void(int)> on_signal)
    : fd_(std::move(fd)),
      on_signal_(std::move(on_signal)),
      watch_(ring, fd_.get(), POLLIN, [this] { take(); }) {}

void Signals::take() {
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof info) == sizeof info) {
    on_signal_(static_cast<int>(info.ssi_signo));
  }
  watch_.rearm();
}

}  // namespace mayfly
