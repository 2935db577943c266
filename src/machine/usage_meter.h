// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "machine/machine_end.h"
#include "machine/served_times.h"
#include "monitor/usage_reader.h"
#include "ring/ring.h"
#include "sys/cgroup.h"

namespace mayfly {

// What the host counts for one machine's QEMU, guest included: by its cgroup, where it has one, and by /proc.
class UsageMeter {
 public:
  // `cgroup` may be null; it must live until leave_group().
  UsageMeter(Ring& ring, pid_t pid, int vcpus, const Cgroup* cgroup);

  // CPU time so far; 0 if it has ended.
  Nanoseconds cpu_time() const;

  // See Machine::served_times().
  ServedTimes served_times();
  // Its group has a quota of processor time from now on: what that makes it wait is told apart.
  void note_quota();

  // What tells its usage so far, for one reading.
  std::vector<CgroupCounter> files() const;

  // Reads all for the last time; before the process is reaped, as /proc knows it as long as it is a zombie. Calls back
  // later, if it returns true: then there is a cgroup, whose counters go through the ring.
  bool read_last(bool with_gauges, std::function<void()> on_done);
  // The process's number may be another's from now on. What no cgroup has counted, the kernel has for the process itself.
  void reaped(const ProcessEnd& process);
  const MachineUsage& total() const { return total_; }
  void leave_group() { cgroup_ = nullptr; }

 private:
  void take(MachineUsage usage);
  void complete();

  Ring& ring_;
  pid_t pid_;
  const Cgroup* cgroup_;
  ServedTimesReader threads_;
  std::optional<CgroupCounter> throttle_;
  std::unique_ptr<UsageReader> reader_;
  MachineUsage total_;
  std::optional<ProcessEnd> process_;
};

}  // namespace mayfly
