// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <escape_event.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "monitor/escape_monitor.h"

struct escape_skeleton;  // generated from bpf/escape_monitor.bpf.c

namespace mayfly {

// The escape monitor's BPF programs and their maps, loaded and attached. They leave the kernel with this object.
class EscapePrograms {
 public:
  // In mode "lsm", where it counts only if the kernel was seen to call a hook, or else "tp_btf".
  static Result<std::unique_ptr<EscapePrograms>> load(bool lsm, const EscapeMonitorOptions& options);
  // In the best mode that the options and the kernel allow.
  static Result<std::unique_ptr<EscapePrograms>> load_best(const EscapeMonitorOptions& options);

  bool lsm() const { return lsm_; }
  int events_fd() const;  // the ring buffer

  Result<void> add_machine(std::uint64_t cgroup_id, std::uint64_t machine);
  void remove_machine(std::uint64_t cgroup_id);
  std::optional<escape_machine> find_machine(std::uint64_t cgroup_id) const;
  // Attempts, of all machines since ever, that did not fit into the ring buffer.
  std::uint64_t lost() const;

 private:
  EscapePrograms(escape_skeleton* skeleton, bool lsm);
  void select_programs(bool watch_syscalls);
  Result<void> allow_syscalls(const std::vector<int>& numbers);
  Result<void> hold_files(const std::vector<std::string>& paths);
  Result<void> start();
  Result<void> mark_files();
  bool kernel_calls_lsm() const;

  std::unique_ptr<escape_skeleton, void (*)(escape_skeleton*)> skeleton_;
  bool lsm_;
  std::vector<Fd> readable_;  // held: an inode that nobody holds loses its mark
};

}  // namespace mayfly
