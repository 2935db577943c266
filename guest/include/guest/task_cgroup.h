// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "protocol/message.h"

namespace mayfly::guest {

inline constexpr const char* kCgroupRoot = "/sys/fs/cgroup";

// The cgroup of one program and everything it starts: killed and measured as a whole. Making
// one takes the kernel longer than starting a program, so it is made, and what will be read
// is opened, before anybody waits for it.
class TaskCgroup {
 public:
  TaskCgroup() = default;
  static Result<TaskCgroup> create(std::uint64_t number);

  int directory() const { return directory_.get(); }
  // Beyond it everything in there is killed at once; out_of_memory() tells.
  Result<void> limit_memory(std::int64_t bytes) const;
  // Beyond it fork(2) fails in there; out_of_processes() tells.
  Result<void> limit_processes(std::int64_t count) const;
  // Kills every process, also those that are being forked. They are dead when is_populated()
  // says so.
  Result<void> kill() const;

  // cgroup.events, for EPOLLPRI: is_populated() may have changed.
  int events() const { return events_.get(); }
  bool is_populated() const;

  // CPU, memory and I/O so far. wall_ms is not known here.
  GuestUsage usage() const;
  bool out_of_memory() const;
  bool out_of_processes() const;

  // Gives the cgroup back; it must be empty.
  void remove();

 private:
  TaskCgroup(std::string path, Fd directory);

  std::string path_;
  Fd directory_;
  Fd events_;
  // Empty where the kernel has no such controller.
  Fd cpu_stat_;
  Fd io_stat_;
  Fd memory_peak_;
  Fd memory_events_;
  Fd pids_events_;
};

}  // namespace mayfly::guest
