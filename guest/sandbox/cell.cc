// SPDX-License-Identifier: Apache-2.0
#include "guest/cell.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "guest/loopback.h"
#include "guest/text_file.h"
#include "cell_landlock.h"
#include "cell_mounts.h"
#include "protocol/message.h"
#include "cell_root.h"

namespace mayfly::guest {
namespace {

constexpr std::uint64_t kNamespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET;

// What the init says when it is done. A forked process has its literals where the agent has them.
struct Report {
  const char* failed = nullptr;
  int code = 0;
  int rules = -1;  // these two in the init
  int root = -1;
};

// Should memory be short in the whole machine, that is the program's doing: it is killed, and not what it lives in.
const char* stay_alive() {
  return write_text(AT_FDCWD, "/proc/self/oom_score_adj", "-1000") ? nullptr : "protect the init";
}

Report prepare_place() {
  Report report;
  report.failed = stay_alive();
  if (!report.failed && !bring_up_loopback()) report.failed = "bring up the loopback interface";
  if (!report.failed) report.failed = make_root();
  if (!report.failed) report.failed = make_common_rules(report.rules);
  report.code = errno;
  report.root = ::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  return report;
}

[[noreturn]] void be_init(int report_end) {
  ::close_range(0, report_end - 1, 0);
  ::close_range(report_end + 1, ~0U, 0);
  ::signal(SIGCHLD, SIG_IGN);
  const Report report = prepare_place();
  const bool told = ::write(report_end, &report, sizeof report) == sizeof report;
  ::close(report_end);
  if (!told || report.failed) ::_exit(1);
  for (;;) ::pause();
}

// As fork(2) does; returns what clone3(2) does.
long fork_into(std::uint64_t flags, int& pidfd) {
  clone_args args{};
  args.flags = flags | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  return ::syscall(SYS_clone3, &args, sizeof args);
}

}  // namespace

Result<Cell> Cell::create() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error::system("pipe2", errno);
  Fd ours(ends[0]);
  const Fd theirs(ends[1]);
  int pidfd = -1;
  const long pid = fork_into(kNamespaces, pidfd);
  if (pid < 0) return Error::system("sandbox: clone3", errno);
  if (pid == 0) be_init(theirs.get());
  return Cell(Fd(pidfd), std::move(ours));
}

Cell::~Cell() {
  if (init_) ::syscall(SYS_pidfd_send_signal, init_.get(), SIGKILL, nullptr, 0);
}

Result<void> Cell::wait() {
  Report report;
  const ssize_t got = ::read(report_.get(), &report, sizeof report);
  report_.reset();
  if (got != sizeof report) return Error("sandbox: its init died");
  if (report.failed) return Error::system(std::string("sandbox: ") + report.failed, report.code);
  const auto take = [this](int fd) { return Fd(static_cast<int>(::syscall(SYS_pidfd_getfd, init_.get(), fd, 0))); };
  rules_ = take(report.rules);
  root_ = take(report.root);
  if (!rules_ || !root_) return Error::system("sandbox: pidfd_getfd", errno);
  return {};
}

void Cell::end() {
  if (!init_) return;
  ::syscall(SYS_pidfd_send_signal, init_.get(), SIGKILL, nullptr, 0);
  pollfd end{init_.get(), POLLIN, 0};
  ::poll(&end, 1, -1);
}

Result<void> Cells::make() {
  if (!owners_) {
    auto owners = make_owners();
    if (!owners) return std::move(owners).error();
    owners_ = *std::move(owners);
  }
  if (next_) return {};
  auto made = Cell::create();
  if (!made) return std::move(made).error();
  next_.emplace(*std::move(made));
  return {};
}

void Cells::prepare() { (void)make(); }

Result<Cell> Cells::take() {
  if (auto made = make(); !made) return std::move(made).error();
  Cell taken = std::move(*next_);
  next_.reset();
  if (auto ready = taken.wait(); !ready) return std::move(ready).error();
  return taken;
}

bool is_checkers(std::string_view path) { return path == kCheckerDirectory; }

}  // namespace mayfly::guest
