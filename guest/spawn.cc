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

namespace mayfly::guest {
namespace {

// The step that a task's own confinement belongs to: limits, uid, capabilities, filters.
void confine() {}

void unblock_signals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool take_descriptors(const SpawnPlan& plan) {
  return ::dup2(plan.input, STDIN_FILENO) >= 0 && ::dup2(plan.output, STDOUT_FILENO) >= 0 &&
         ::dup2(plan.error, STDERR_FILENO) >= 0 && ::close_range(STDERR_FILENO + 1, ~0U, 0) == 0;
}

bool take_user(const SpawnPlan& plan) {
  if (!plan.user) return true;
  const uid_t id = *plan.user;
  // Not libc's functions, which would change the other threads of "this" process, too.
  return ::syscall(SYS_setgroups, 0, nullptr) == 0 && ::syscall(SYS_setresgid, id, id, id) == 0 &&
         ::syscall(SYS_setresuid, id, id, id) == 0;
}

// What the child runs on, in the agent's own memory: it changes nothing there but this.
struct Birth {
  const SpawnPlan& plan;
  int exec_error = 0;
};

void become(void* argument) {
  Birth& birth = *static_cast<Birth*>(argument);
  ::setsid();
  ::umask(022);
  if (::fchdir(birth.plan.cwd) == 0 && take_descriptors(birth.plan) && take_user(birth.plan)) {
    unblock_signals();
    confine();
    ::execve(birth.plan.program, birth.plan.argv, birth.plan.envp);
  }
  birth.exec_error = errno;
  ::_exit(127);
}

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
  const long pid = clone_into(plan.cgroup, birth);
  if (pid < 0) return Error::system("clone3", static_cast<int>(-pid));
  if (birth.exec_error == 0) return Spawned{static_cast<pid_t>(pid), 0};
  ::waitpid(static_cast<pid_t>(pid), nullptr, 0);  // it is exiting already
  return Spawned{0, birth.exec_error};
}

}  // namespace mayfly::guest
