// SPDX-License-Identifier: Apache-2.0
#include "sys/inherited.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>

#include "sys/files.h"

namespace mayfly {
namespace {

constexpr mode_t kUmask = 022;
constexpr rlim_t kStack = 8 << 20;  // "unlimited" would also give programs another address layout

bool is_ignored(int signal) {
  struct sigaction now {};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

bool may_stay_ignored(int signal) { return signal == SIGHUP || signal == SIGINT || signal == SIGQUIT; }

void unblock_all() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void set_default(int signal) {
  struct sigaction dispositions {};
  dispositions.sa_handler = SIG_DFL;
  ::sigaction(signal, &dispositions, nullptr);  // fails for SIGKILL and SIGSTOP, and those of libc
}

template <class Resource>
void raise_soft_limit(Resource resource, rlim_t most) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) < 0) return;
  limit.rlim_cur = std::min(most, limit.rlim_max);
  ::setrlimit(resource, &limit);
}

}  // namespace

void reset_inherited_state() {
  occupy_standard_descriptors();
  ::umask(kUmask);
  for (int signal = 1; signal < NSIG; ++signal) {
    if (!(may_stay_ignored(signal) && is_ignored(signal))) set_default(signal);
  }
  unblock_all();
  for (const auto resource : {RLIMIT_AS, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_MEMLOCK, RLIMIT_NOFILE, RLIMIT_NPROC}) {
    raise_soft_limit(resource, RLIM_INFINITY);
  }
  raise_soft_limit(RLIMIT_STACK, kStack);
}

// Handlers are gone with CLONE_CLEAR_SIGHAND; what is ignored is not.
void reset_for_child() {
  ::umask(kUmask);
  for (int signal = 1; signal < SIGRTMIN; ++signal) set_default(signal);
  unblock_all();
}

}  // namespace mayfly
