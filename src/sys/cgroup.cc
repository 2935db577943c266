// SPDX-License-Identifier: Apache-2.0
#include "sys/cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>

#include "cgroup_counters.h"
#include "sys/files.h"

namespace mayfly {
namespace {

constexpr std::int64_t kCpuPeriodUs = 100'000;  // the kernel's default

bool has_controller(const CgroupHierarchy& hierarchy, std::string_view controller) {
  return std::find(hierarchy.controllers.begin(), hierarchy.controllers.end(), controller) != hierarchy.controllers.end();
}

Result<void> write_control(int directory, const char* file, const std::string& value) {
  const Fd fd(::openat(directory, file, O_WRONLY | O_CLOEXEC));
  if (!fd || ::write(fd.get(), value.data(), value.size()) < 0) {
    return Error::system(std::string("write '") + value + "' to the cgroup's " + file, errno);
  }
  return {};
}

// Swap is a second step, and not every kernel counts it.
Result<void> limit_memory(const CgroupHierarchy& hierarchy, int directory, std::int64_t bytes) {
  const std::string text = std::to_string(bytes);
  if (!hierarchy.v2) {
    auto limited = write_control(directory, "memory.limit_in_bytes", text);
    if (limited) (void)write_control(directory, "memory.memsw.limit_in_bytes", text);
    return limited;
  }
  (void)write_control(directory, "memory.swap.max", "0");
  (void)write_control(directory, "memory.oom.group", "1");
  return write_control(directory, "memory.max", text);
}

Result<void> limit_cpus(const CgroupHierarchy& hierarchy, int directory, double cpus) {
  const std::string quota = std::to_string(std::llround(cpus * kCpuPeriodUs));
  if (hierarchy.v2) return write_control(directory, "cpu.max", quota + " " + std::to_string(kCpuPeriodUs));
  return write_control(directory, "cpu.cfs_quota_us", quota);
}

Result<void> limit_group(const CgroupHierarchy& hierarchy, int directory, const CgroupLimits& limits) {
  if (limits.memory_bytes && has_controller(hierarchy, "memory")) {
    if (auto done = limit_memory(hierarchy, directory, *limits.memory_bytes); !done) return done;
  }
  if (limits.processes && has_controller(hierarchy, "pids")) {
    if (auto done = write_control(directory, "pids.max", std::to_string(*limits.processes)); !done) return done;
  }
  if (limits.cpus && has_controller(hierarchy, "cpu")) {
    if (auto done = limit_cpus(hierarchy, directory, *limits.cpus); !done) return done;
  }
  return {};
}

Result<void> limit_io(const CgroupHierarchy& hierarchy, int directory, const IoLimit& limit) {
  if (!has_controller(hierarchy, "io")) return {};
  const std::string device = std::to_string(major(limit.device)) + ":" + std::to_string(minor(limit.device)) + " ";
  const std::string rate = std::to_string(limit.bytes_per_s);
  if (hierarchy.v2) return write_control(directory, "io.max", device + "rbps=" + rate + " wbps=" + rate);
  if (auto done = write_control(directory, "blkio.throttle.read_bps_device", device + rate); !done) return done;
  return write_control(directory, "blkio.throttle.write_bps_device", device + rate);
}

}  // namespace

std::optional<dev_t> disk_below(dev_t device) {
  const std::string link = "/sys/dev/block/" + std::to_string(major(device)) + ":" + std::to_string(minor(device));
  if (major(device) == 0 || ::access(link.c_str(), F_OK) != 0) return std::nullopt;
  if (::access((link + "/partition").c_str(), F_OK) != 0) return device;
  const auto text = read_file(link + "/../dev", 64);  // the kernel resolves the link first
  unsigned disk_major = 0, disk_minor = 0;
  if (!text || std::sscanf(text->c_str(), "%u:%u", &disk_major, &disk_minor) != 2) return std::nullopt;
  return makedev(disk_major, disk_minor);
}

Result<void> Cgroup::enter_hierarchy(const CgroupHierarchy& hierarchy) {
  const int parent = hierarchy.directory.get();
  if (::mkdirat(parent, name_.c_str(), 0755) < 0) return Error::system("make cgroup " + hierarchy.path + "/" + name_, errno);
  auto entered = open_group(hierarchy);
  if (!entered) ::unlinkat(parent, name_.c_str(), AT_REMOVEDIR);
  return entered;
}

Result<void> Cgroup::open_group(const CgroupHierarchy& hierarchy) {
  Group group{&hierarchy, Fd(::openat(hierarchy.directory.get(), name_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))};
  if (!group.directory) return Error::system("open cgroup " + hierarchy.path + "/" + name_, errno);
  if (hierarchy.v2) {
    struct stat s {};
    ::fstat(group.directory.get(), &s);
    id_ = s.st_ino;
    unified_ = std::move(group);
    return {};
  }
  Fd entrance(::openat(group.directory.get(), "cgroup.procs", O_WRONLY | O_CLOEXEC));
  if (!entrance) return Error::system("open cgroup.procs of " + hierarchy.path + "/" + name_, errno);
  entrances_.push_back(std::move(entrance));
  legacy_.push_back(std::move(group));
  return {};
}

Result<void> Cgroup::limit(const CgroupLimits& limits) const {
  if (unified_) {
    if (auto done = limit_group(*unified_->hierarchy, unified_->directory.get(), limits); !done) return done;
  }
  for (const Group& group : legacy_) {
    if (auto done = limit_group(*group.hierarchy, group.directory.get(), limits); !done) return done;
  }
  return {};
}

Result<void> Cgroup::limit(const IoLimit& limit) const {
  if (unified_) {
    if (auto done = limit_io(*unified_->hierarchy, unified_->directory.get(), limit); !done) return done;
  }
  for (const Group& group : legacy_) {
    if (auto done = limit_io(*group.hierarchy, group.directory.get(), limit); !done) return done;
  }
  return {};
}

namespace {

void add_files(std::vector<CgroupCounter>& out, const std::vector<CounterFile>& files, int directory) {
  for (const CounterFile& file : files) {
    Fd fd(::openat(directory, file.name, O_RDONLY | O_CLOEXEC));
    if (fd) out.push_back({std::move(fd), file.parse});
  }
}

// Calls `use` with each controller of each group: v2, name, directory.
template <class Group, class Use>
void each_controller(const std::optional<Group>& unified, const std::vector<Group>& legacy, Use use) {
  const auto walk = [&](const Group& group) {
    for (const std::string& controller : group.hierarchy->controllers) use(group.hierarchy->v2, controller, group.directory.get());
  };
  if (unified) walk(*unified);
  for (const Group& group : legacy) walk(group);
}

}  // namespace

// cpu.stat is there without the controller.
std::optional<CgroupCounter> Cgroup::cpu_counter() const {
  std::vector<CgroupCounter> found;
  if (unified_) add_files(found, counter_files(true, "cpu"), unified_->directory.get());
  for (const Group& group : legacy_) {
    if (!found.empty() || !has_controller(*group.hierarchy, "cpuacct")) continue;
    add_files(found, counter_files(false, "cpuacct"), group.directory.get());
  }
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::optional<CgroupCounter> Cgroup::throttle_counter() const {
  std::vector<CgroupCounter> found;
  each_controller(unified_, legacy_, [&](bool v2, const std::string& controller, int directory) {
    if (controller == "cpu") add_files(found, {throttle_file(v2)}, directory);
  });
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<CgroupCounter> Cgroup::counters() const {
  std::vector<CgroupCounter> out;
  if (auto cpu = cpu_counter()) out.push_back(*std::move(cpu));
  each_controller(unified_, legacy_, [&](bool v2, const std::string& controller, int directory) {
    if (controller != "cpu" && controller != "cpuacct") add_files(out, counter_files(v2, controller), directory);
  });
  return out;
}

std::vector<CgroupCounter> Cgroup::gauges() const {
  std::vector<CgroupCounter> out;
  each_controller(unified_, legacy_, [&](bool v2, const std::string& controller, int directory) {
    add_files(out, gauge_files(v2, controller), directory);
  });
  if (unified_) add_files(out, pressure_files(), unified_->directory.get());
  return out;
}

Cgroup& Cgroup::operator=(Cgroup&& other) noexcept {
  remove();
  name_ = std::move(other.name_);
  id_ = std::exchange(other.id_, 0);
  unified_ = std::exchange(other.unified_, std::nullopt);
  legacy_ = std::exchange(other.legacy_, {});
  entrances_ = std::exchange(other.entrances_, {});
  return *this;
}

Cgroup::~Cgroup() { remove(); }

void Cgroup::remove() {
  entrances_.clear();
  if (unified_) {
    (void)write_control(unified_->directory.get(), "cgroup.kill", "1");
    ::unlinkat(unified_->hierarchy->directory.get(), name_.c_str(), AT_REMOVEDIR);
  }
  for (const Group& group : legacy_) ::unlinkat(group.hierarchy->directory.get(), name_.c_str(), AT_REMOVEDIR);
  unified_.reset();
  legacy_.clear();
}

Result<Cgroup> CgroupTree::create(const std::string& name, const CgroupLimits& limits) const {
  Cgroup cgroup;
  cgroup.name_ = name;
  for (const CgroupHierarchy& hierarchy : hierarchies_) {
    if (auto entered = cgroup.enter_hierarchy(hierarchy); !entered) return std::move(entered).error();
  }
  if (auto limited = cgroup.limit(limits); !limited) return std::move(limited).error();
  return cgroup;
}

}  // namespace mayfly
