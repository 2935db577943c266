// SPDX-License-Identifier: Apache-2.0
#include "guest/spawn.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>

#include "base/clone.h"
#include "base/fd.h"
#include "base/user.h"

namespace mayfly::guest {
namespace {

void unblock_signals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool take_descriptors(const SpawnPlan& plan) {
  return ::dup2(plan.input, STDIN_FILENO) >= 0 && ::dup2(plan.output, STDOUT_FILENO) >= 0 &&
         ::dup2(plan.error, STDERR_FILENO) >= 0;
}

bool close_others() { return ::close_range(STDERR_FILENO + 1, ~0U, 0) == 0; }

// What the child runs on, in the agent's own memory: it changes nothing there but this.
struct Birth {
  const SpawnPlan& plan;
  const char* failed = nullptr;  // a step into its cell, and not the execution
  int error = 0;
};

const char* begin(const SpawnPlan& plan) {
  ::setsid();
  ::umask(022);
  if (!take_descriptors(plan)) return "take the descriptors";
  return plan.entry ? plan.entry->enter() : nullptr;
}

bool enter_directory(const SpawnPlan& plan) {
  return (plan.entry ? ::chdir(plan.entry->cwd()) : ::fchdir(plan.cwd)) == 0;
}

const char* let_go(const SpawnPlan& plan) {
  if (!plan.entry && plan.user && !become_user(*plan.user)) return "change the user";
  if (!close_others()) return "close the agent's descriptors";
  unblock_signals();
  return plan.entry ? plan.entry->lock() : nullptr;
}

void become(void* argument) {
  Birth& birth = *static_cast<Birth*>(argument);
  birth.failed = begin(birth.plan);
  if (!birth.failed && enter_directory(birth.plan)) {
    birth.failed = let_go(birth.plan);
    if (!birth.failed) ::execve(birth.plan.program, birth.plan.argv, birth.plan.envp);
  }
  birth.error = errno;
  ::_exit(127);
}

// While it lives, children are born in the PID namespace that a cell wants.
class Birthplace {
 public:
  static Result<Birthplace> enter(const CellEntry* entry) {
    if (!entry) return Birthplace(Fd());
    Fd own(::open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
    if (!own || ::setns(entry->pid_namespace(), CLONE_NEWPID) != 0) {
      return Error::system("choose the PID namespace", errno);
    }
    return Birthplace(std::move(own));
  }

  Birthplace(Birthplace&&) noexcept = default;
  ~Birthplace() {
    if (own_) ::setns(own_.get(), CLONE_NEWPID);
  }

 private:
  explicit Birthplace(Fd own) : own_(std::move(own)) {}

  Fd own_;
};

long clone_into(int cgroup, Birth& birth) {
  clone_args args{};
  // As vfork does: the child borrows the agent's memory and the agent sleeps until it has
  // executed the program or is gone. Nothing is copied, and the child's report needs no pipe.
  args.flags = CLONE_VM | CLONE_VFORK | CLONE_INTO_CGROUP | CLONE_CLEAR_SIGHAND;
  args.exit_signal = SIGCHLD;
  args.cgroup = static_cast<std::uint64_t>(cgroup);
  use_clone_stack(args);
  return clone3_and_run(args, become, &birth);
}

}  // namespace

Result<Spawned> spawn(const SpawnPlan& plan) {
  Birth birth{plan};
  const auto birthplace = Birthplace::enter(plan.entry);
  if (!birthplace) return birthplace.error();
  const long pid = clone_into(plan.cgroup, birth);
  if (pid < 0) return Error::system("clone3", static_cast<int>(-pid));
  if (birth.error == 0) return Spawned{static_cast<pid_t>(pid), 0};
  ::waitpid(static_cast<pid_t>(pid), nullptr, 0);  // it is exiting already
  if (birth.failed) return Error::system(birth.failed, birth.error);
  return Spawned{0, birth.error};
}

}  // namespace mayfly::guest
