// SPDX-License-Identifier: Apache-2.0
#include "sys/process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/clone.h"
#include "sys/inherited.h"

namespace mayfly {
namespace {

// What the child needs, prepared before the clone: it shares our memory and may not allocate.
struct Prepared {
  const ProcessSpec& spec;
  std::vector<char*> argv;
  std::vector<char*> env;
  Fd parent;      // a pidfd of ours
  pid_t pid = 0;  // the child's, as we see it; the kernel writes it before the child runs
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const std::string& s : strings) out.push_back(const_cast<char*>(s.c_str()));
  out.push_back(nullptr);
  return out;
}

[[noreturn]] void child_fail(const char* what) {
  const char* why = ::strerrordesc_np(errno);
  for (const char* part : {what, ": ", why ? why : "error", "\n"}) {
    [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, part, std::strlen(part));
  }
  ::_exit(127);
}

void arrange_descriptors(const ProcessSpec& spec) {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (spec.stderr_fd >= 0) ::dup2(spec.stderr_fd, STDERR_FILENO);
  const int out = spec.stdout_fd >= 0 ? spec.stdout_fd : null;
  if (null < 0 || ::dup2(null, STDIN_FILENO) < 0 || ::dup2(out, STDOUT_FILENO) < 0) {
    child_fail("/dev/null");
  }
  if (::syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) < 0) child_fail("close_range");
  for (int fd : spec.inherit) {
    if (::fcntl(fd, F_SETFD, 0) < 0) child_fail("inherited descriptor");
  }
}

// PR_SET_PDEATHSIG acts when the parent's thread exits from now on; it may be gone already.
// (getppid(2) would not tell: in a new PID namespace it is 0.)
void die_with_parent(int parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  pollfd poll_fd{parent, POLLIN, 0};
  if (::poll(&poll_fd, 1, 0) != 0) ::_exit(127);
}

void run_child(void* argument) {
  const Prepared& child = *static_cast<const Prepared*>(argument);
  const ChildSetup* setup = child.spec.setup;
  die_with_parent(child.parent.get());
  ::setsid();  // what a terminal sends to our process group is meant for us
  reset_for_child();
  arrange_descriptors(child.spec);
  if (setup) {
    if (const char* failed = setup->enter(child.pid)) child_fail(failed);
    die_with_parent(child.parent.get());  // a change of uid has undone it
    if (const char* failed = setup->lock()) child_fail(failed);
  }
  const auto cookie = setup ? setup->exec_cookie() : std::array<std::uint64_t, 3>{};
  ::syscall(SYS_execve, child.spec.path.c_str(), child.argv.data(), child.env.data(), cookie[0], cookie[1], cookie[2]);
  child_fail(child.spec.path.c_str());
}

// Where clone3 is not to be had, as in some containers: fork(2) with a pidfd.
pid_t fork_and_run(Prepared& child, int* pidfd) {
  const long pid = ::syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, nullptr, pidfd, nullptr, nullptr);
  if (pid == 0) run_child(&child);
  return static_cast<pid_t>(pid < 0 ? -errno : pid);
}

// As vfork(2) does, with a pidfd: copying our page tables would cost more than all the rest.
pid_t clone_and_run(Prepared& child, int* pidfd) {
  const ChildSetup* setup = child.spec.setup;
  clone_args args{};
  args.flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND | CLONE_PARENT_SETTID;
  args.parent_tid = reinterpret_cast<std::uint64_t>(&child.pid);
  if (setup) args.flags |= setup->clone_flags();
  if (setup && setup->cgroup_fd() >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<std::uint64_t>(setup->cgroup_fd());
  }
  args.pidfd = reinterpret_cast<std::uint64_t>(pidfd);
  args.exit_signal = SIGCHLD;
  use_clone_stack(args);
  const auto pid = static_cast<pid_t>(clone3_and_run(args, run_child, &child));
  return pid == -ENOSYS && !setup ? fork_and_run(child, pidfd) : pid;
}

// A new program inherits this from its parent's memory, which the child shares until then.
void allow_huge_pages(bool allowed) { ::prctl(PR_SET_THP_DISABLE, allowed ? 0 : 1, 0, 0, 0); }

Nanoseconds to_ns(const timeval& time) { return time.tv_sec * kSecond + time.tv_usec * 1000; }

}  // namespace

Result<Process> Process::spawn(const ProcessSpec& spec) {
  Prepared child{spec, pointers(spec.argv), pointers(spec.env), Fd(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)))};
  if (!child.parent) return Error::system("pidfd_open", errno);
  int pidfd = -1;
  if (!spec.huge_pages) allow_huge_pages(false);
  const pid_t pid = clone_and_run(child, &pidfd);
  if (!spec.huge_pages) allow_huge_pages(true);
  if (pid < 0) return Error::system("clone3", -pid);
  return Process(pid, Fd(pidfd));
}

Process& Process::operator=(Process&& other) noexcept {
  Process taken(std::move(other));  // and ends what was held, on return
  std::swap(pid_, taken.pid_);
  std::swap(pidfd_, taken.pidfd_);
  return *this;
}

Process::~Process() {
  if (pidfd_) (void)kill(SIGKILL);
}

Result<void> Process::kill(int signal) const {
  if (!pidfd_ || ::syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0) == 0 || errno == ESRCH) return {};
  return Error::system("kill process " + std::to_string(pid_), errno)
      .hint("give mayfly the capability KILL, which it needs for processes of other uids (docker run --cap-add KILL)");
}

void Process::wait() const {
  pollfd ended{pidfd_.get(), POLLIN, 0};
  while (::poll(&ended, 1, -1) < 0 && errno == EINTR) {
  }
}

Result<ProcessEnd> Process::reap() {
  siginfo_t info{};
  rusage usage{};
  // The raw system call also returns the child's rusage; glibc's waitid() drops it.
  const long status = ::syscall(SYS_waitid, P_PIDFD, pidfd_.get(), &info, WEXITED | WNOHANG, &usage);
  if (status < 0) return Error::system("waitid", errno);
  if (info.si_pid == 0) return Error("waitid: the process has not ended yet");
  pidfd_.reset();
  ProcessEnd end;
  end.signalled = info.si_code != CLD_EXITED;
  end.status = info.si_status;
  end.cpu_ns = to_ns(usage.ru_utime) + to_ns(usage.ru_stime);
  end.max_rss_bytes = usage.ru_maxrss * 1024;
  return end;
}

}  // namespace mayfly
