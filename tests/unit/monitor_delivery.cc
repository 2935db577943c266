// SPDX-License-Identifier: Apache-2.0
// Every attempt arrives: many at once, more than the ring buffer holds, and while a handler is at work.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "helpers.h"
#include "monitor/escape_monitor.h"
#include "monitor_bench.h"

namespace mayfly::test {
namespace {

constexpr int kRounds = 200;
constexpr int kSpawners = 3;
constexpr int kEach = 700;
constexpr int kMoreThanFits = 600;  // records of 576 bytes into 256 KiB

pid_t start_spawner(const TestCgroup& cgroup, int count) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid > 0) return pid;
  for (int i = 0; i < count; ++i) execute_in(cgroup, "/usr/bin/true");
  ::_exit(0);
}

TEST_CASE("no wake-up is lost: one attempt after another, each waited for") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    MonitorBench bench(mode);
    const TestCgroup cgroup;
    bench.arm(cgroup);
    for (std::size_t round = 1; round <= kRounds; ++round) {
      execute_in(cgroup, "/usr/bin/true");
      bench.wait_for(round);
    }
  }
}

TEST_CASE("no wake-up is lost: thousands of attempts while others are read") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    MonitorBench bench(mode);
    const TestCgroup cgroup;
    bench.arm(cgroup);
    std::vector<pid_t> spawners;
    for (int i = 0; i < kSpawners; ++i) spawners.push_back(start_spawner(cgroup, kEach));
    bench.wait_for(std::size_t{kSpawners} * kEach);
    for (const pid_t pid : spawners) REQUIRE(::waitpid(pid, nullptr, 0) == pid);
    bench.monitor->consume();
    CHECK(bench.incidents.size() == std::size_t{kSpawners} * kEach);
  }
}

TEST_CASE("a machine's attempt is told of also when another one's have filled the ring buffer") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    MonitorBench bench(mode);
    const TestCgroup loud, quiet, innocent;
    bench.arm(loud, 1);
    bench.arm(quiet, 2);
    bench.arm(innocent, 3);
    for (int i = 0; i < kMoreThanFits; ++i) execute_in(loud, "/usr/bin/true");
    Actor actor(quiet, [] { execute("/usr/bin/true"); });
    const pid_t pid = actor.pid();
    CHECK(actor.go_and_end() == -SIGKILL);
    bench.monitor->consume();
    const std::vector<Incident>& all = bench.incidents;
    const auto of = [&](std::uint64_t machine) {
      return std::count_if(all.begin(), all.end(), [&](const Incident& i) { return i.machine == machine; });
    };
    CHECK(of(1) > 400);
    CHECK(of(1) < kMoreThanFits);
    REQUIRE(of(2) == 1);
    CHECK(of(3) == 0);
    const auto told = std::find_if(all.begin(), all.end(), [](const Incident& i) { return i.machine == 2; });
    CHECK(told->kind == Incident::Kind::exec);
    CHECK(told->pid == pid);
    CHECK(told->comm.empty());
    const std::size_t so_far = bench.incidents.size();
    bench.monitor->consume();
    CHECK(bench.incidents.size() == so_far);
    execute_in(quiet, "/usr/bin/true");  // there is room again
    bench.wait_for(so_far + 1);
    CHECK(bench.incidents.back().path == "/usr/bin/true");
  }
}

TEST_CASE("consume() delivers what was reported, without the loop") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    MonitorBench bench(mode);
    const TestCgroup cgroup;
    bench.arm(cgroup);
    bench.monitor->consume();
    CHECK(bench.incidents.empty());
    for (int i = 0; i < 3; ++i) execute_in(cgroup, "/usr/bin/true");
    bench.monitor->consume();
    CHECK(bench.incidents.size() == 3);
  }
}

TEST_CASE("a handler may disarm, arm and consume; nothing comes twice or is left out") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    MonitorBench bench(mode);
    const TestCgroup cgroup;
    bench.arm(cgroup, 1);
    for (int i = 0; i < 3; ++i) execute_in(cgroup, "/usr/bin/true");
    std::vector<std::size_t> depths;
    bench.on_incident = [&](const Incident&) {
      bench.monitor->disarm(cgroup.id());
      REQUIRE(bench.monitor->arm(cgroup.id(), 2));
      if (bench.incidents.size() == 1) execute_in(cgroup, "/usr/bin/true");
      bench.monitor->consume();
      depths.push_back(bench.incidents.size());
    };
    bench.monitor->consume();
    REQUIRE(bench.incidents.size() == 4);
    CHECK(bench.incidents.back().machine == 2);
    CHECK(depths == std::vector<std::size_t>{4, 4, 4, 4});  // each found the rest
  }
}

TEST_CASE("when the monitor goes, its programs go") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    const TestCgroup cgroup;
    {
      MonitorBench bench(mode);
      bench.arm(cgroup);
      CHECK(Actor(cgroup, [] { execute("/usr/bin/true"); }).go_and_end() == -SIGKILL);
    }
    CHECK(Actor(cgroup, [] { execute("/usr/bin/true"); }).go_and_end() == 0);
  }
}

TEST_CASE("nothing stays in the kernel when the process of the monitor is killed") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    const TestCgroup cgroup;
    auto [reader, writer] = pipe_ends();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      MonitorBench bench(mode);
      bench.arm(cgroup);
      if (::write(writer.get(), "x", 1) == 1) ::pause();
      ::_exit(1);
    }
    char armed = 0;
    REQUIRE(::read(reader.get(), &armed, 1) == 1);
    Actor before(cgroup, [] { execute("/usr/bin/true"); });
    CHECK(before.go_and_end() == -SIGKILL);
    ::kill(child, SIGKILL);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    CHECK(Actor(cgroup, [] { execute("/usr/bin/true"); }).go_and_end() == 0);
  }
}

}  // namespace
}  // namespace mayfly::test
