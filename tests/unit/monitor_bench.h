// SPDX-License-Identifier: Apache-2.0
//
// The escape monitor with real programs in the kernel, real cgroups and real processes in them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "monitor/escape_monitor.h"
#include "ring/ring.h"

namespace mayfly::test {

// The modes to test here: "tp_btf", and "lsm" where the kernel has it. None, said once with a SKIP line, where this
// process may not load BPF programs or there is no cgroup v2; anything else that is missing is a failure.
const std::vector<std::string>& monitor_modes();
bool has_monitor_mode(const std::string& mode);

// A cgroup (v2) of its own, removed at the end. Its processes must have been reaped before.
class TestCgroup {
 public:
  TestCgroup();
  ~TestCgroup();
  TestCgroup(const TestCgroup&) = delete;
  TestCgroup& operator=(const TestCgroup&) = delete;

  int directory() const { return directory_.get(); }
  std::uint64_t id() const;

 private:
  std::string path_;
  Fd directory_;
};

// A copy of this process in a cgroup, that does one thing when it is told to. `prepare` runs in it before the
// constructor returns. Killed by the destructor.
class Actor {
 public:
  using Act = std::function<void()>;
  Actor(const TestCgroup& cgroup, Act act, Act prepare = [] {}, std::uint64_t clone_flags = 0);
  ~Actor();
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;

  void go();
  // Waits for its end: 0 if it came to the end of its act, minus the signal if it was killed, else its status.
  int outcome();
  int go_and_end() { return go(), outcome(); }
  pid_t pid() const { return pid_; }

 private:
  Fd start_;
  pid_t pid_ = -1;
};

// Starts `path` in the cgroup and waits for its end, as cheaply as can be.
void execute_in(const TestCgroup& cgroup, const char* path);

// What an act may do.
void execute(const std::string& path, std::vector<std::string> arguments = {});

struct MonitorBench {
  explicit MonitorBench(const std::string& mode, EscapeMonitorOptions options = {});

  // Turns the loop until that many incidents have come in all; the test fails if they do not.
  void wait_for(std::size_t count);
  void arm(const TestCgroup& cgroup, std::uint64_t machine = 7);

  std::unique_ptr<Ring> ring = open();
  std::vector<Incident> incidents;
  std::function<void(const Incident&)> on_incident = [](const Incident&) {};
  std::unique_ptr<EscapeMonitor> monitor;

 private:
  static std::unique_ptr<Ring> open();
  std::size_t wanted_ = SIZE_MAX;
};

}  // namespace mayfly::test
