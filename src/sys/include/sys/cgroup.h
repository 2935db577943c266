// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "sys/cgroup_mounts.h"

namespace mayfly {

// What the processes of a group may use together; absent: as much as there is.
struct CgroupLimits {
  std::optional<std::int64_t> memory_bytes;  // no swap on top of it
  std::optional<std::int64_t> processes;     // threads count
  std::optional<double> cpus;
};

// Reads and writes of one block device, each.
struct IoLimit {
  dev_t device = 0;  // a whole disk, see disk_below()
  std::int64_t bytes_per_s = 0;
};

// The disk that a file system on `device` (stat's st_dev) lies on: limits are on whole disks.
// Absent where there is none, as with tmpfs or overlayfs.
std::optional<dev_t> disk_below(dev_t device);

// Microseconds in which at least one process waited for it (PSI, "some"); absent: the kernel does not know.
struct Pressure {
  std::optional<std::int64_t> cpu_us;
  std::optional<std::int64_t> memory_us;
  std::optional<std::int64_t> io_us;
};

// What the kernel has counted for a group; absent: it does not know.
struct CgroupUsage {
  std::optional<Nanoseconds> cpu_ns;
  std::optional<std::int64_t> memory_bytes;  // now
  std::optional<std::int64_t> memory_peak_bytes;
  std::optional<std::int64_t> read_bytes;  // of block devices
  std::optional<std::int64_t> write_bytes;
  std::int64_t oom_kills = 0;
  Pressure pressure;  // v2 only
  std::optional<Nanoseconds> throttled_ns;  // that its quota of processors (CgroupLimits::cpus) made it wait
};

// A file of a group's that can be read for its usage, and what its text means.
struct CgroupCounter {
  Fd file;
  void (*parse)(std::string_view text, CgroupUsage& usage);
};

// What it says now.
CgroupUsage read_counter(const CgroupCounter& counter);

// The same of the whole host (/proc/pressure); a file that is not there is left out.
std::vector<CgroupCounter> host_pressure();

// Of two counts of the same, each of which may lack something.
void take_larger(std::optional<std::int64_t>& known, std::optional<std::int64_t> other);

// Parses /proc/PID/io, whose bytes count where they are more than the group's: that one has not seen what was never
// written back, as its file was deleted before.
void parse_process_io(std::string_view text, CgroupUsage& usage);

// One hierarchy in which we may make groups.
struct CgroupHierarchy {
  bool v2 = false;
  std::vector<std::string> controllers;  // that can be set here, by their v2 names
  std::string path;                      // of our directory
  Fd directory;                          // of it; locked (flock(2)) as long as we live
};

// The group of one machine: in the unified hierarchy if there is one, and in those of v1 that
// have the controllers it lacks. Removed by the destructor, which kills what is still in it;
// processes that were killed elsewhere must have been reaped before, or the next mayfly
// removes it.
class Cgroup {
 public:
  Cgroup(Cgroup&&) noexcept = default;
  Cgroup& operator=(Cgroup&& other) noexcept;
  ~Cgroup();

  // For CLONE_INTO_CGROUP; -1 without a unified hierarchy.
  int directory() const { return unified_ ? unified_->directory.get() : -1; }
  // The kernel's name for it, as eBPF programs see it (bpf_get_current_cgroup_id); 0: none.
  std::uint64_t id() const { return id_; }
  // Files of the v1 groups: a process enters each by writing "0" to it.
  const std::vector<Fd>& entrances() const { return entrances_; }

  Result<void> limit(const CgroupLimits& limits) const;
  Result<void> limit(const IoLimit& limit) const;

  // What it used, to be read at its end.
  std::vector<CgroupCounter> counters() const;
  // What is of interest beside that while it lives: memory in use, pressure.
  std::vector<CgroupCounter> gauges() const;
  // cpu.stat or cpuacct.usage alone; its parser sets cpu_ns.
  std::optional<CgroupCounter> cpu_counter() const;
  // Its parser sets throttled_ns; absent where no group of its has that controller.
  std::optional<CgroupCounter> throttle_counter() const;

 private:
  friend class CgroupTree;
  struct Group {
    const CgroupHierarchy* hierarchy;
    Fd directory;
  };

  Cgroup() = default;
  Result<void> enter_hierarchy(const CgroupHierarchy& hierarchy);
  Result<void> open_group(const CgroupHierarchy& hierarchy);
  void remove();

  std::string name_;
  std::uint64_t id_ = 0;
  std::optional<Group> unified_;
  std::vector<Group> legacy_;
  std::vector<Fd> entrances_;
};

// Where this process makes the groups of its machines. Each mayfly has a directory of its own
// below one that all share, `mayfly`; what dead ones left there is killed and removed when the
// next one starts. Must outlive its groups.
//
// root: below the root of the unified hierarchy, whose controllers are enabled if they are
// not; below our own group in those of v1. Others: below our own group, if it was delegated to
// this user (systemd: Delegate=yes) and nobody else is in it; we move into a group beside
// those of the machines, because groups with controllers can have no processes.
class CgroupTree {
 public:
  // Never fails for what the host does not have: see hierarchies() and why_not().
  static CgroupTree open(const std::string& name);
  CgroupTree(CgroupTree&&) noexcept = default;
  CgroupTree& operator=(CgroupTree&&) = delete;
  ~CgroupTree();

  Result<Cgroup> create(const std::string& name, const CgroupLimits& limits) const;

  // What is in force: "v2" or "v1" or both, then the controllers. Empty: nothing.
  std::vector<std::string> receipt() const;
  bool has(std::string_view controller) const;
  bool has_unified() const;
  // Why there are no controllers, and how they could be had; empty if there are.
  const std::string& why_not() const { return why_not_; }

 private:
  CgroupTree() = default;
  void add_unified(const CgroupMount& mount, const std::string& name);
  void add_legacy(const CgroupMount& mount, const std::string& name);
  void make_way(int parent, int ours);
  void undo_way();

  std::vector<CgroupHierarchy> hierarchies_;
  Fd way_made_in_;  // the group that we moved out of; empty: we did not
  std::string why_not_;
};

}  // namespace mayfly
