// SPDX-License-Identifier: Apache-2.0
//
// Other processes: mayfly, and the QEMUs of other machines. pid=… says which.
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "attempt.h"
#include "opening.h"

namespace hostile {
namespace {

pid_t pid_of(const Attempt& attempt) { return static_cast<pid_t>(attempt.number("pid")); }
void* address_of(const Attempt& attempt) { return reinterpret_cast<void*>(attempt.number("address")); }

int pidfd_of(const Attempt& attempt) { return static_cast<int>(::syscall(SYS_pidfd_open, pid_of(attempt), 0)); }

Outcome attach(const Attempt& attempt) {
  const pid_t pid = pid_of(attempt);
  if (::ptrace(PTRACE_ATTACH, pid, nullptr, nullptr) < 0) return judge("ptrace", -1);
  ::waitpid(pid, nullptr, __WALL);
  return judge("ptrace", ::ptrace(PTRACE_DETACH, pid, nullptr, nullptr));
}

Outcome read_memory(const Attempt& attempt) {
  std::array<char, 4096> content;
  const iovec here{content.data(), content.size()}, there{address_of(attempt), content.size()};
  const long size = ::syscall(SYS_process_vm_readv, pid_of(attempt), &here, 1L, &there, 1L, 0L);
  if (size < 0) return judge("process_vm_readv", size);
  return find_needle(attempt, {content.data(), static_cast<std::size_t>(size)});
}

Outcome write_memory(const Attempt& attempt) {
  std::string text = attempt.text("text");
  const iovec here{text.data(), text.size()}, there{address_of(attempt), text.size()};
  return judge("process_vm_writev", ::syscall(SYS_process_vm_writev, pid_of(attempt), &here, 1L, &there, 1L, 0L));
}

Outcome take_descriptor(const Attempt& attempt) {
  const int pidfd = pidfd_of(attempt);
  if (pidfd < 0) return judge("pidfd_open", pidfd);
  return judge("pidfd_getfd", ::syscall(SYS_pidfd_getfd, pidfd, 0, 0));
}

int signal_of(const Attempt& attempt) { return static_cast<int>(attempt.number("signal")); }

Outcome send_kill(const Attempt& attempt) {
  return judge("kill", ::syscall(SYS_kill, pid_of(attempt), signal_of(attempt)));
}

Outcome send_tgkill(const Attempt& attempt) {
  return judge("tgkill", ::syscall(SYS_tgkill, pid_of(attempt), pid_of(attempt), signal_of(attempt)));
}

Outcome send_tkill(const Attempt& attempt) {
  return judge("tkill", ::syscall(SYS_tkill, pid_of(attempt), signal_of(attempt)));
}

Outcome send_by_pidfd(const Attempt& attempt) {
  const int pidfd = pidfd_of(attempt);
  if (pidfd < 0) return judge("pidfd_open", pidfd);
  return judge("pidfd_send_signal", ::syscall(SYS_pidfd_send_signal, pidfd, signal_of(attempt), nullptr, 0));
}

Outcome queue_signal(const Attempt& attempt) {
  siginfo_t info{};
  info.si_code = SI_QUEUE;
  return judge("rt_sigqueueinfo", ::syscall(SYS_rt_sigqueueinfo, pid_of(attempt), signal_of(attempt), &info));
}

Outcome limit_other(const Attempt& attempt) {
  const rlimit limit{1, 1};
  return judge("prlimit64", ::syscall(SYS_prlimit64, pid_of(attempt), RLIMIT_NOFILE, &limit, nullptr));
}

Outcome slow_other(const Attempt& attempt) {
  return judge("setpriority", ::syscall(SYS_setpriority, PRIO_PROCESS, pid_of(attempt), 19));
}

Outcome starve_other(const Attempt& attempt) {
  constexpr int kWhoProcess = 1, kIdle = 3 << 13;  // linux/ioprio.h, which is not C++ in all versions
  return judge("ioprio_set", ::syscall(SYS_ioprio_set, kWhoProcess, pid_of(attempt), kIdle));
}

Outcome pin_other(const Attempt& attempt) {
  const unsigned long first = 1;
  return judge("sched_setaffinity", ::syscall(SYS_sched_setaffinity, pid_of(attempt), sizeof first, &first));
}

constexpr Attack kAttacks[] = {
    {"ptrace", attach},
    {"process_vm_readv", read_memory},
    {"process_vm_writev", write_memory},
    {"pidfd_getfd", take_descriptor},
    {"kill", send_kill},
    {"tgkill", send_tgkill},
    {"tkill", send_tkill},
    {"pidfd_send_signal", send_by_pidfd},
    {"rt_sigqueueinfo", queue_signal},
    {"prlimit_other", limit_other},
    {"setpriority_other", slow_other},
    {"ioprio_other", starve_other},
    {"affinity_other", pin_other},
};

}  // namespace

std::span<const Attack> process_attacks() { return kAttacks; }

}  // namespace hostile
