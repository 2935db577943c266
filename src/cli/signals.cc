// SPDX-License-Identifier: Apache-2.0
#include "signals.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace mayfly {

Signals::Signals(Ring& ring, std::function<void(int)> on_signal) : on_signal_(std::move(on_signal)) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  fd_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  watch_ = std::make_unique<Watch>(ring, fd_.get(), POLLIN, [this] { take(); });
}

void Signals::take() {
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof info) == sizeof info) {
    on_signal_(static_cast<int>(info.ssi_signo));
  }
  watch_->rearm();
}

}  // namespace mayfly
