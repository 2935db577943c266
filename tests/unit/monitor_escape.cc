// SPDX-License-Identifier: Apache-2.0
// What an armed process must not do is seen, and it dies; nobody else is touched.
#include "monitor/escape_monitor.h"

#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "helpers.h"
#include "monitor_bench.h"

namespace mayfly::test {
namespace {

std::string own_name() {
  char name[16] = {};
  ::prctl(PR_GET_NAME, name);
  return name;
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

TEST_CASE("an armed process that executes a program is seen and killed before the program runs") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    MonitorBench bench(mode);
    const TempDirectory directory;
    const TestCgroup cgroup;
    Actor actor(cgroup, [&] { execute("/usr/bin/touch", {directory / "made"}); });
    const pid_t pid = actor.pid();
    bench.arm(cgroup, 42);
    const Nanoseconds before = monotonic_now();
    CHECK(actor.go_and_end() == -SIGKILL);
    bench.wait_for(1);
    const Incident& incident = bench.incidents[0];
    CHECK(incident.kind == Incident::Kind::exec);
    CHECK(incident.machine == 42);
    CHECK(incident.pid == pid);
    CHECK(incident.path == "/usr/bin/touch");
    CHECK(incident.comm == (mode == "lsm" ? own_name() : "touch"));  // refused, or seen when it is done
    CHECK(incident.at > before);
    CHECK(incident.at < monotonic_now());
    CHECK_FALSE(exists(directory / "made"));
  }
}

TEST_CASE("the same process may do so before it is armed, and after") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    MonitorBench bench(mode);
    const TestCgroup cgroup;
    const auto run_true = [] { execute("/usr/bin/true"); };
    CHECK(Actor(cgroup, run_true).go_and_end() == 0);
    bench.arm(cgroup);
    CHECK(Actor(cgroup, run_true).go_and_end() == -SIGKILL);
    bench.monitor->disarm(cgroup.id());
    CHECK(Actor(cgroup, run_true).go_and_end() == 0);
    bench.monitor->consume();
    CHECK(bench.incidents.size() == 1);
  }
}

void fork_briefly() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
}

// Both ways to make a process: with memory of its own, and with ours.
void fork_and_wait() {
  const pid_t child = ::fork();
  if (child == 0) ::pause();
  ::waitpid(child, nullptr, 0);
}

void spawn_and_wait() {
  char* const argv[] = {const_cast<char*>("sleep"), const_cast<char*>("1000"), nullptr};
  pid_t child = 0;
  ::posix_spawn(&child, "/usr/bin/sleep", nullptr, nullptr, argv, nullptr);
  ::waitpid(child, nullptr, 0);
}

TEST_CASE("an armed process that makes a process is seen and killed, and as init takes it along") {
  for (const std::string& mode : monitor_modes()) {
    for (const auto make : {fork_and_wait, spawn_and_wait}) {
      CAPTURE(mode);
      MonitorBench bench(mode);
      const TestCgroup cgroup;
      auto [reader, writer] = pipe_ends();  // held by every descendant
      Actor actor(cgroup, make, [] {}, CLONE_NEWPID);
      writer.reset();
      const pid_t pid = actor.pid();
      bench.arm(cgroup);
      CHECK(actor.go_and_end() == -SIGKILL);
      CHECK(read_to_end(reader.get()).empty());  // would block for ever
      bench.monitor->consume();  // the new process may have tried to execute, too
      REQUIRE_FALSE(bench.incidents.empty());
      CHECK(bench.incidents[0].kind == Incident::Kind::fork);
      CHECK(bench.incidents[0].pid == pid);
    }
  }
}

void run_threads() {
  for (int i = 0; i < 20; ++i) {
    pthread_t thread;
    if (::pthread_create(&thread, nullptr, [](void*) -> void* { return nullptr; }, nullptr) != 0) ::_exit(1);
    ::pthread_join(thread, nullptr);
  }
}

TEST_CASE("an armed process may make threads") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    MonitorBench bench(mode);
    const TestCgroup cgroup;
    Actor actor(cgroup, run_threads, run_threads);  // what the C library loads for it is there before
    bench.arm(cgroup);
    CHECK(actor.go_and_end() == 0);
    bench.monitor->consume();
    CHECK(bench.incidents.empty());
  }
}

TEST_CASE("it is the cgroup that counts, not the name of a process") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    MonitorBench bench(mode);
    const TestCgroup armed, other;
    bench.arm(armed);
    const auto be_qemu = [] { ::prctl(PR_SET_NAME, "qemu-system-x86_64"); };
    CHECK(Actor(other, [] { execute("/usr/bin/true"); }, be_qemu).go_and_end() == 0);
    CHECK(Actor(other, fork_briefly, be_qemu).go_and_end() == 0);
    bench.monitor->consume();
    CHECK(bench.incidents.empty());
    CHECK(Actor(armed, [] { execute("/usr/bin/true"); }, [] { ::prctl(PR_SET_NAME, "innocent"); }).go_and_end() == -SIGKILL);
    bench.wait_for(1);
  }
}

TEST_CASE("two machines are told apart") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    MonitorBench bench(mode);
    const TestCgroup first, second;
    bench.arm(first, 1);
    bench.arm(second, UINT64_MAX);
    execute_in(second, "/usr/bin/true");
    execute_in(first, "/usr/bin/true");
    bench.wait_for(2);
    CHECK(bench.incidents[0].machine == UINT64_MAX);
    CHECK(bench.incidents[1].machine == 1);
  }
}

TEST_CASE("a process that dies by a signal of its own is no incident") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    MonitorBench bench(mode);
    const TestCgroup cgroup;
    bench.arm(cgroup);
    for (const int signal : {SIGSYS, SIGSEGV, SIGTERM}) {
      CHECK(Actor(cgroup, [&] { ::kill(::getpid(), signal); }).go_and_end() == -signal);
    }
    bench.monitor->consume();
    CHECK(bench.incidents.empty());
  }
}

TEST_CASE("no privilege: the error says what is missing and what to do") {
  if (::geteuid() != 0) return;
  auto [reader, writer] = pipe_ends();
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (::setuid(65534) != 0) ::_exit(1);
    const BpfSupport support = probe_bpf();
    const std::string text = support.mode + "|" + support.missing + "|" + support.remedy;
    ::_exit(::write(writer.get(), text.data(), text.size()) < 0);
  }
  writer.reset();
  const std::string text = read_to_end(reader.get());
  CHECK(text.starts_with("|load BPF programs: Operation not permitted|"));
  CHECK(contains(text, "CAP_BPF and CAP_PERFMON"));
  ::waitpid(child, nullptr, 0);
}

TEST_CASE("a file to be readable must exist, and a system call must be one") {
  if (monitor_modes().empty()) return;
  auto ring = open_ring();
  CHECK(contains(message_of(EscapeMonitor::open(*ring, {.readable_files = {"/nonexistent"}}, {})), "/nonexistent"));
  CHECK(contains(message_of(EscapeMonitor::open(*ring, {.allowed_syscalls = {512}}, {})), "512"));
  CHECK(contains(message_of(EscapeMonitor::open(*ring, {.allowed_syscalls = {-1}}, {})), "-1"));
}

}  // namespace
}  // namespace mayfly::test
