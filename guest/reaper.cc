// SPDX-License-Identifier: Apache-2.0
#include "guest/reaper.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace mayfly::guest {

Result<void> Reaper::open(Loop& loop) {
  sigset_t set;
  ::sigfillset(&set);
  ::sigprocmask(SIG_SETMASK, &set, nullptr);
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  fd_.reset(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd_) return Error::system("signalfd", errno);
  return loop.watch(fd_.get(), EPOLLIN, *this);
}

void Reaper::ready(std::uint32_t) {
  signalfd_siginfo info;
  // Read first: a child that ends from here on makes the descriptor readable again.
  [[maybe_unused]] const ssize_t got = ::read(fd_.get(), &info, sizeof info);
  for (int i = 0; i < kBatch; ++i) {
    int status = 0;
    rusage used{};
    const pid_t pid = ::wait4(-1, &status, WNOHANG | WUNTRACED, &used);
    if (pid <= 0) return;
    WIFSTOPPED(status) ? task_.on_stop(pid) : task_.on_child(pid, status, used);
  }
  ::raise(SIGCHLD);  // there may be more; the others get their turn first
}

}  // namespace mayfly::guest
