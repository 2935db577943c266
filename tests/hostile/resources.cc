// SPDX-License-Identifier: Apache-2.0
//
// Taking as much as there is, other than of the disk (disk.cc). Each goes up to a number that the command line says, so that it
// is harmless where no limit stops it before.
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <vector>

#include "attempt.h"

namespace hostile {
namespace {

// Memory that is really there: every page is written to.
Outcome take_memory(const Attempt& attempt) {
  constexpr long kBlock = 1 << 20, kPage = 4096;
  const long wanted = attempt.number("bytes");
  long taken = 0;
  for (; taken < wanted; taken += kBlock) {
    void* block = ::mmap(nullptr, kBlock, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) break;
    for (long at = 0; at < kBlock; at += kPage) static_cast<volatile char*>(block)[at] = 1;
  }
  return reached("mmap", taken, wanted);
}

// Those that the host keeps for others, and counts in no cgroup's memory.
Outcome take_huge_pages(const Attempt& attempt) {
  const auto size = static_cast<std::size_t>(attempt.number("bytes"));
  void* pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
  if (pages == MAP_FAILED) return judge("mmap", -1);
  *static_cast<volatile char*>(pages) = 1;
  return success("mmap: huge pages");
}

Outcome take_descriptors(const Attempt& attempt) {
  const long wanted = attempt.number("most");
  long taken = 0;
  while (taken < wanted && ::syscall(SYS_dup, STDERR_FILENO) >= 0) ++taken;
  return reached("dup", taken, wanted);
}

// With a call that QEMU makes as well.
void* wait_for_ever(void*) {
  for (;;) ::poll(nullptr, 0, -1);
}

Outcome take_threads(const Attempt& attempt) {
  constexpr std::size_t kStack = 64 * 1024;
  const long wanted = attempt.number("most");
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, kStack);
  long taken = 0;
  for (; taken < wanted; ++taken) {
    pthread_t thread;
    errno = ::pthread_create(&thread, &attributes, wait_for_ever, nullptr);
    if (errno) break;
  }
  return reached("clone", taken, wanted);
}

void end_all(const std::vector<pid_t>& children) {
  for (const pid_t child : children) ::kill(child, SIGKILL);
  for (const pid_t child : children) ::waitpid(child, nullptr, 0);
}

Outcome take_processes(const Attempt& attempt) {
  const long wanted = attempt.number("most");
  std::vector<pid_t> children;
  while (static_cast<long>(children.size()) < wanted) {
    const auto pid = static_cast<pid_t>(::syscall(SYS_fork));
    if (pid == 0) wait_for_ever(nullptr);
    if (pid < 0) break;
    children.push_back(pid);
  }
  const Outcome outcome = reached("fork", static_cast<long>(children.size()), wanted);
  end_all(children);
  return outcome;
}

// The kernel keeps them for a blocked signal, and counts them for the user.
Outcome take_signals(const Attempt& attempt) {
  const long wanted = attempt.number("most");
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGRTMIN);
  ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
  long taken = 0;
  while (taken < wanted && ::syscall(SYS_tgkill, ::getpid(), ::gettid(), SIGRTMIN) == 0) ++taken;
  return reached("tgkill", taken, wanted);
}

constexpr Attack kAttacks[] = {
    {"take_memory", take_memory},
    {"take_huge_pages", take_huge_pages},
    {"take_descriptors", take_descriptors},
    {"take_threads", take_threads},
    {"take_processes", take_processes},
    {"take_signals", take_signals},
};

}  // namespace

std::span<const Attack> resource_attacks() { return kAttacks; }

}  // namespace hostile
