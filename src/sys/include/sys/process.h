// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"

namespace mayfly {

// What a child does to itself between clone3(2) and execve(2). It runs in the child, which
// borrows our memory while we sleep: no allocation, no lock, and no libc function that keeps
// state for the process (setuid(3) would signal our own threads). What it opens is its own.
class ChildSetup {
 public:
  virtual ~ChildSetup() = default;
  // More flags for clone3, such as namespaces, and the cgroup (v2) it is born in; -1: ours.
  virtual std::uint64_t clone_flags() const { return 0; }
  virtual int cgroup_fd() const { return -1; }
  // After the descriptors are in place. `pid` is the child's, as its parent sees it. Its changes of uid must be over when this returns: they
  // would undo the death signal that is set next. An error: what failed, with errno.
  virtual const char* enter(pid_t pid) const = 0;
  // The last thing before execve, such as a filter of system calls. Likewise.
  virtual const char* lock() const = 0;
  // Values for the three argument registers that execve does not use: a filter may ask for them.
  virtual std::array<std::uint64_t, 3> exec_cookie() const { return {}; }
};

struct ProcessSpec {
  std::string path;               // absolute or relative; no PATH lookup
  std::vector<std::string> argv;  // argv[0] included
  std::vector<std::string> env;   // "NAME=value"
  std::vector<int> inherit;       // descriptors that keep their numbers across exec
  int stdout_fd = -1;             // becomes descriptor 1; -1: /dev/null, as descriptor 0 is
  int stderr_fd = -1;             // becomes descriptor 2; -1: ours
  // False: no transparent huge pages for it (PR_SET_THP_DISABLE). A process that lives for
  // milliseconds spends much of them on clearing 2 MiB where it needs 4 KiB.
  bool huge_pages = true;
  const ChildSetup* setup = nullptr;  // borrowed until spawn() returns; needs clone3
};

// How a process ended, and what it used, from waitid(2).
struct ProcessEnd {
  bool signalled = false;
  int status = 0;  // exit code, or the signal
  Nanoseconds cpu_ns = 0;
  std::int64_t max_rss_bytes = 0;
};

// A child held by pidfd, so its pid is never mistaken for another's. The child gets no
// descriptor that it was not given, a session of its own (Ctrl-C is not for it), and SIGKILL
// when this process's thread dies, however it dies (PR_SET_PDEATHSIG). The destructor, and
// an assignment, kill what still runs and do not wait.
class Process {
 public:
  // An exec that fails ends the child with status 127 and a line on its stderr.
  static Result<Process> spawn(const ProcessSpec& spec);

  Process(Process&&) noexcept = default;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }  // readable when the child has ended
  // It has ended already: that is what the caller wants. An error: we may not, as it has another uid (EPERM).
  Result<void> kill(int signal) const;

  // Sleeps until it has ended: for what a start of mayfly's asks of a program, never on the loop.
  void wait() const;

  // Collects the end of a child whose pidfd is readable; call it once.
  Result<ProcessEnd> reap();

 private:
  Process(pid_t pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

  pid_t pid_;
  Fd pidfd_;  // empty once reaped
};

}  // namespace mayfly
