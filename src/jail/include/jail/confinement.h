// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/filter.h>

#include <array>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "sys/cgroup.h"
#include "sys/process.h"

namespace mayfly {

class Jail;

// Limits that the kernel holds against one process (setrlimit(2)).
struct ProcessLimits {
  std::int64_t file_bytes = 0;   // the longest file it can write; it gets EFBIG, and no signal
  std::int64_t descriptors = 256;
  std::int64_t threads = 0;      // in its jail, if the kernel counts them there (Jail); 0: no limit
};

// What one VMM does to itself between clone3 and execve, once. In this order, because each step
// takes away what an earlier one needs:
//
//   clone3     born in its cgroup (v2), and first in PID, IPC and UTS namespaces of its own
//   cgroups    enters those of v1, then makes its cgroup namespace: it sees only itself from there
//   mounts     the shared read-only root; then a copy of its own with a proc that shows only itself
//   network    the shared namespace that has none
//   devices    root only: nodes of its own, which nobody else may open
//   uid        root only: a uid that no other living process has, made of its own pid (UidRange)
//   user       a namespace of its own that maps that uid and no other, least of all root
//   rlimits    sizes, descriptors, no core files
//   privileges none in it, now or ever: bounding set empty, no new privileges
//   Landlock   no file by path but those of the profile
//   death      with mayfly (Process sets it here: a change of uid would have undone it)
//   seccomp    the profile's list; and execve only with the cookie that just this launch knows
//
// Without a jail it only enters its cgroups and takes its limits.
class Confinement : public ChildSetup {
 public:
  // Both may be null; borrowed until the process has been spawned. An error: no random bytes.
  static Result<Confinement> create(const Jail* jail, const Cgroup* cgroup, const ProcessLimits& limits);

  std::uint64_t clone_flags() const override;
  int cgroup_fd() const override { return cgroup_ ? cgroup_->directory() : -1; }
  const char* enter(pid_t pid) const override;
  const char* lock() const override;
  std::array<std::uint64_t, 3> exec_cookie() const override { return cookie_; }

 private:
  Confinement(const Jail* jail, const Cgroup* cgroup, const ProcessLimits& limits) : jail_(jail), cgroup_(cgroup), limits_(limits) {}

  const char* enter_cgroups() const;
  const char* enter_root() const;
  const char* make_devices(pid_t pid) const;
  const char* change_user(pid_t pid) const;
  const char* set_limits() const;

  const Jail* jail_;
  const Cgroup* cgroup_;
  ProcessLimits limits_;
  std::array<std::uint64_t, 3> cookie_{};
  std::vector<sock_filter> exec_filter_;
};

}  // namespace mayfly
