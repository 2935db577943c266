// SPDX-License-Identifier: Apache-2.0
#include "sys/inherited.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "helpers.h"
#include "sys/process.h"

namespace mayfly::test {
namespace {

// Of a process of its own: first `spoil`, then what main() does, then `holds`.
template <class Spoil, class Holds>
bool after_reset(Spoil spoil, Holds holds) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    spoil();
    reset_inherited_state();
    ::_exit(holds() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return status == 0;
}

bool is_ignored(int signal) {
  struct sigaction now {};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

rlim_t soft_limit(__rlimit_resource resource) {
  rlimit limit{};
  return ::getrlimit(resource, &limit) == 0 ? limit.rlim_cur : 0;
}

void limit_softly(__rlimit_resource resource, rlim_t value) {
  rlimit limit{};
  ::getrlimit(resource, &limit);
  limit.rlim_cur = value;
  ::setrlimit(resource, &limit);
}

TEST_CASE("inherited: any umask becomes 022") {
  for (const mode_t mask : {0U, 027U, 077U, 0777U}) {
    CHECK(after_reset([mask] { ::umask(mask); }, [] { return ::umask(0) == 022; }));
  }
}

TEST_CASE("inherited: no signal is ignored or blocked, but those by which nohup and shells ask for it stay ignored") {
  const auto ignore_and_block = [] {
    for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_IGN);
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
  };
  CHECK(after_reset(ignore_and_block, [] {
    for (const int signal : {SIGTERM, SIGCHLD, SIGALRM, SIGURG, SIGXCPU, SIGUSR2, SIGRTMAX}) {
      if (is_ignored(signal)) return false;
    }
    sigset_t blocked;
    ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
    for (int signal = 1; signal < NSIG; ++signal) {
      if (::sigismember(&blocked, signal) == 1) return false;
    }
    return is_ignored(SIGHUP) && is_ignored(SIGINT) && is_ignored(SIGQUIT);
  }));
}

TEST_CASE("inherited: a child's end comes back although SIGCHLD was ignored, when the kernel drops it") {
  CHECK(after_reset([] { ::signal(SIGCHLD, SIG_IGN); }, [] {
    auto process = Process::spawn({.path = "/bin/sh", .argv = {"sh", "-c", "exit 5"}});
    if (!process) return false;
    process->wait();
    const auto end = process->reap();
    return end && end->status == 5;
  }));
}

TEST_CASE("inherited: closed descriptors are open, and soft limits as high as they may be") {
  CHECK(after_reset([] { for (const int fd : {0, 1, 2}) ::close(fd); }, [] { return ::fcntl(0, F_GETFD) >= 0 && ::fcntl(2, F_GETFD) >= 0; }));
  CHECK(after_reset([] { limit_softly(RLIMIT_NOFILE, 20); }, [] { return soft_limit(RLIMIT_NOFILE) > 20; }));
  CHECK(after_reset([] { limit_softly(RLIMIT_AS, 1 << 30); }, [] { return soft_limit(RLIMIT_AS) > (1 << 30); }));
  for (const rlim_t stack : {rlim_t{256 << 10}, rlim_t{RLIM_INFINITY}}) {
    CHECK(after_reset([stack] { limit_softly(RLIMIT_STACK, stack); }, [] { return soft_limit(RLIMIT_STACK) == 8 << 20; }));
  }
}

}  // namespace
}  // namespace mayfly::test
