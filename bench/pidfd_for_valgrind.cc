// SPDX-License-Identifier: Apache-2.0
//
// For bench/supervisor only. Valgrind 3.19 answers pidfd_send_signal(2) with ENOSYS, so mayfly could kill nothing under
// callgrind. Preloaded, this remembers the pid of each pidfd that clone(2) gives, and uses kill(2); every other system
// call that goes through syscall(3) is passed on as it is.
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>

namespace {

struct Arguments {
  long of[6];
};

long raw(long number, const Arguments& a) {
  long result;
  register long r10 asm("r10") = a.of[3];
  register long r8 asm("r8") = a.of[4];
  register long r9 asm("r9") = a.of[5];
  asm volatile("syscall"
               : "=a"(result)
               : "0"(number), "D"(a.of[0]), "S"(a.of[1]), "d"(a.of[2]), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

constexpr int kMostDescriptors = 1 << 16;
int pid_of[kMostDescriptors];  // by pidfd

long clone_with_pidfd(const Arguments& a) {
  const long pid = raw(SYS_clone, a);
  const int pidfd = pid > 0 ? *reinterpret_cast<const int*>(a.of[2]) : -1;
  if (pidfd >= 0 && pidfd < kMostDescriptors) pid_of[pidfd] = static_cast<int>(pid);
  return pid;
}

long carry_out(long number, const Arguments& a) {
  if (number == SYS_clone) return clone_with_pidfd(a);
  if (number == SYS_pidfd_send_signal) return raw(SYS_kill, {{pid_of[a.of[0]], a.of[1]}});
  return raw(number, a);
}

}  // namespace

extern "C" long syscall(long number, ...) noexcept {
  Arguments a{};
  va_list list;
  va_start(list, number);
  for (long& argument : a.of) argument = va_arg(list, long);
  va_end(list);
  const long result = carry_out(number, a);
  if (result >= 0 || result < -4095) return result;
  errno = static_cast<int>(-result);
  return -1;
}
