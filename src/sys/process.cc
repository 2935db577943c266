// SPDX-License-Identifier: Apache-2.0
#include "sys/process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace mayfly {
namespace {

// What the child needs, prepared before the clone: afterwards only async-signal-safe calls.
struct Prepared {
  const ProcessSpec& spec;
  std::vector<char*> argv;
  std::vector<char*> env;
  pid_t parent;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const std::string& s : strings) out.push_back(const_cast<char*>(s.c_str()));
  out.push_back(nullptr);
  return out;
}

// clone3(2) has no wrapper in glibc 2.36; with these flags it is fork(2) plus a pidfd.
pid_t clone_with_pidfd(int* pidfd) {
  clone_args args{};
  args.flags = CLONE_PIDFD;
  args.pidfd = reinterpret_cast<std::uint64_t>(pidfd);
  args.exit_signal = SIGCHLD;
  return static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
}

[[noreturn]] void child_fail(const char* what) {
  const char* why = ::strerrordesc_np(errno);
  for (const char* part : {what, ": ", why ? why : "error", "\n"}) {
    [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, part, std::strlen(part));
  }
  ::_exit(127);
}

void reset_signals() {
  struct sigaction dispositions {};
  dispositions.sa_handler = SIG_DFL;
  ::sigaction(SIGPIPE, &dispositions, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
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

// PR_SET_PDEATHSIG acts when the parent's thread exits from now on; if it is gone already,
// we have been given another parent.
void die_with_parent(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
}

[[noreturn]] void run_child(const Prepared& child) {
  die_with_parent(child.parent);
  ::setsid();  // what a terminal sends to our process group is meant for us
  reset_signals();
  arrange_descriptors(child.spec);
  ::execve(child.spec.path.c_str(), child.argv.data(), child.env.data());
  child_fail(child.spec.path.c_str());
}

Nanoseconds to_ns(const timeval& time) { return time.tv_sec * kSecond + time.tv_usec * 1000; }

}  // namespace

Result<Process> Process::spawn(const ProcessSpec& spec) {
  const Prepared child{spec, pointers(spec.argv), pointers(spec.env), ::getpid()};
  int pidfd = -1;
  const pid_t pid = clone_with_pidfd(&pidfd);
  if (pid < 0) return Error::system("clone3", errno);
  if (pid == 0) run_child(child);
  return Process(pid, Fd(pidfd));
}

Process& Process::operator=(Process&& other) noexcept {
  Process taken(std::move(other));  // and ends what was held, on return
  std::swap(pid_, taken.pid_);
  std::swap(pidfd_, taken.pidfd_);
  return *this;
}

Process::~Process() {
  if (pidfd_) kill(SIGKILL);
}

void Process::kill(int signal) const {
  // ESRCH: it has ended already, which is what the caller wants.
  ::syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0);
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
