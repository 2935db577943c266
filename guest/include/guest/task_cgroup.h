// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "protocol/message.h"

namespace mayfly::guest {

inline constexpr const char* kCgroupRoot = "/sys/fs/cgroup";

// The cgroup of one program and everything it starts: killed and measured as a whole.
class TaskCgroup {
 public:
  TaskCgroup() = default;
  static Result<TaskCgroup> create(std::uint64_t number);

  int directory() const { return directory_.get(); }
  // Kills every process, also those that are being forked. They are dead when is_populated()
  // says so.
  Result<void> kill() const;

  // Opens cgroup.events: readable by is_populated(), and EPOLLPRI when that may have changed.
  Result<Fd> open_events() const;
  static bool is_populated(int events);

  // CPU, memory and I/O so far. wall_ms is not known here.
  GuestUsage usage() const;
  bool out_of_memory() const;

  // Gives the cgroup back; it must be empty.
  void remove();

 private:
  TaskCgroup(std::string path, Fd directory)
      : path_(std::move(path)), directory_(std::move(directory)) {}

  std::string path_;
  Fd directory_;
};

}  // namespace mayfly::guest
