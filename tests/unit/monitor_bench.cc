// SPDX-License-Identifier: Apache-2.0
#include "monitor_bench.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "base/clone.h"
#include "helpers.h"
#include "sys/cgroup_mounts.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

constexpr std::size_t kMaxProcFile = 1 << 20;
constexpr Nanoseconds kPatience = 60 * kSecond;

std::string cgroup2_root() {
  const auto mounts = read_file("/proc/self/mountinfo", kMaxProcFile);
  const auto own = read_file("/proc/self/cgroup", kMaxProcFile);
  REQUIRE(mounts);
  REQUIRE(own);
  const auto parsed = parse_cgroup_mounts(*mounts, *own);
  return parsed.empty() || !parsed.front().v2 ? "" : parsed.front().root;
}

std::string why_skipped() {
  if (::geteuid() != 0) return "these tests run as root";
  if (cgroup2_root().empty()) return "no cgroup v2 is mounted";
  auto ring = open_ring();
  const auto monitor = EscapeMonitor::open(*ring, {.allow_lsm = false}, {});
  return !monitor && monitor.error().code() == EPERM ? monitor.error().message() : "";
}

std::vector<std::string> find_modes() {
  const std::string why = why_skipped();
  if (!why.empty()) {
    std::printf("SKIP the escape monitor: %s\n", why.c_str());
    return {};
  }
  const BpfSupport support = probe_bpf();
  REQUIRE_MESSAGE(support.mode != "", support.missing);
  if (support.mode == "lsm") return {"tp_btf", "lsm"};
  std::printf("SKIP the escape monitor's LSM half: %s\n", support.missing.c_str());
  return {"tp_btf"};
}

clone_args clone_into(const TestCgroup& cgroup, std::uint64_t flags) {
  clone_args args{};
  args.flags = flags | CLONE_INTO_CGROUP;
  args.cgroup = static_cast<std::uint64_t>(cgroup.directory());
  args.exit_signal = SIGCHLD;
  return args;
}

struct Program {
  char* argv[2];
  char* env[1];
};

// On a stack that is used again: AddressSanitizer does not hear of the end of those who are killed here.
__attribute__((no_sanitize("address"))) void run_program(void* argument) {
  const auto* program = static_cast<const Program*>(argument);
  ::execve(program->argv[0], program->argv, program->env);
  ::_exit(127);
}

void wait_for_byte(int fd) {
  char byte;
  if (::read(fd, &byte, 1) != 1) ::_exit(125);  // told to go by nobody
}

}  // namespace

const std::vector<std::string>& monitor_modes() {
  static const std::vector<std::string> modes = find_modes();
  return modes;
}

bool has_monitor_mode(const std::string& mode) {
  for (const std::string& known : monitor_modes()) {
    if (known == mode) return true;
  }
  return false;
}

TestCgroup::TestCgroup() : path_(cgroup2_root() + "/mayfly-unit-XXXXXX") {
  REQUIRE(::mkdtemp(path_.data()) != nullptr);
  auto directory = open_file(path_, O_RDONLY | O_DIRECTORY);
  REQUIRE(directory);
  directory_ = *std::move(directory);
}

TestCgroup::~TestCgroup() { CHECK(::rmdir(path_.c_str()) == 0); }

std::uint64_t TestCgroup::id() const {
  struct stat status {};
  REQUIRE(::fstat(directory_.get(), &status) == 0);
  return status.st_ino;
}

Actor::Actor(const TestCgroup& cgroup, Act act, Act prepare, std::uint64_t clone_flags) {
  auto [go, start] = pipe_ends();
  auto [prepared, tell] = pipe_ends();
  const clone_args args = clone_into(cgroup, clone_flags | CLONE_CLEAR_SIGHAND);
  pid_ = static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    start.reset();
    ::alarm(kPatience / kSecond);  // rather a failure than a test that hangs
    prepare();
    if (::write(tell.get(), "x", 1) != 1) ::_exit(126);
    wait_for_byte(go.get());
    act();
    ::_exit(0);
  }
  wait_for_byte(prepared.get());
  start_ = std::move(start);
}

Actor::~Actor() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  outcome();
}

void Actor::go() { write_bytes_to(start_.get(), "x"); }

int Actor::outcome() {
  int status = 0;
  REQUIRE(::waitpid(std::exchange(pid_, -1), &status, 0) > 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

void execute(const std::string& path, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), path);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::execv(path.c_str(), argv.data());
  ::_exit(127);
}

void execute_in(const TestCgroup& cgroup, const char* path) {
  Program program{{const_cast<char*>(path), nullptr}, {nullptr}};
  clone_args args = clone_into(cgroup, CLONE_VM | CLONE_VFORK);
  use_clone_stack(args);
  const long pid = clone3_and_run(args, run_program, &program);
  if (pid < 0 || ::waitpid(static_cast<pid_t>(pid), nullptr, 0) != pid) ::abort();
}

std::unique_ptr<Ring> MonitorBench::open() { return open_ring(); }

MonitorBench::MonitorBench(const std::string& mode, EscapeMonitorOptions options) {
  options.allow_lsm = mode == "lsm";
  auto opened = EscapeMonitor::open(*ring, options, [this](const Incident& incident) {
    incidents.push_back(incident);
    on_incident(incident);
    if (incidents.size() >= wanted_) ring->stop();
  });
  REQUIRE_MESSAGE(opened.ok(), opened.error().message());
  monitor = *std::move(opened);
  CHECK(monitor->mode() == mode);
}

void MonitorBench::wait_for(std::size_t count) {
  wanted_ = count;
  Timer watchdog(*ring, [this] { ring->stop(); });
  watchdog.start(kPatience);
  while (incidents.size() < count && watchdog.running()) REQUIRE(ring->run());
  REQUIRE(incidents.size() == count);
}

void MonitorBench::arm(const TestCgroup& cgroup, std::uint64_t machine) { REQUIRE(monitor->arm(cgroup.id(), machine)); }

}  // namespace mayfly::test
