// SPDX-License-Identifier: Apache-2.0
// The part of Machine that holds QEMU to its limits, has it watched, and counts what it used.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "machine/machine.h"
#include "machine/machine_sampler.h"
#include "sys/files.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxProcFile = 4096;

std::string io_file(pid_t pid) { return "/proc/" + std::to_string(pid) + "/io"; }

// prlimit(2) by a child that has become the other process's user, in terms of system calls: it
// borrows our memory. Returns errno, or 0.
int limit_as_user(pid_t pid, uid_t uid, gid_t gid, rlimit size) {
  volatile int code = 0;
  const pid_t child = ::vfork();
  if (child < 0) return errno;
  if (child == 0) {
    const bool done = ::syscall(SYS_setresgid, gid, gid, gid) == 0 && ::syscall(SYS_setresuid, uid, uid, uid) == 0 &&
                      ::syscall(SYS_prlimit64, pid, RLIMIT_FSIZE, &size, nullptr) == 0;
    code = done ? 0 : errno;
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  return code;
}

// Another user's limits are set with CAP_SYS_RESOURCE, which root in a container lacks, or as that user.
Result<void> limit_file_size(pid_t pid, std::int64_t bytes) {
  const auto most = static_cast<rlim_t>(bytes);
  const rlimit size{most, most};
  int code = ::prlimit(pid, RLIMIT_FSIZE, &size, nullptr) < 0 ? errno : 0;
  struct stat owner {};
  if (code == EPERM && ::stat(("/proc/" + std::to_string(pid)).c_str(), &owner) == 0) {
    code = limit_as_user(pid, owner.st_uid, owner.st_gid, size);
  }
  if (code != 0) return Error::system("limit the machine's disk", code);
  return {};
}

}  // namespace

Result<void> Machine::arm_guard() {
  if (!config_.guard || !config_.cgroup || config_.cgroup->id() == 0) return {};
  return config_.guard->arm(config_.cgroup->id(), *this);
}

// Whatever else it ends with: this outweighs it.
void Machine::escaped(const Incident& incident) {
  if (end_.incident) return;
  end_.incident = incident;
  end_.failure = MachineFailure::escape_detected;
  end_.detail = "QEMU " + describe(incident);
  failed_ = true;
  fail(MachineFailure::escape_detected, end_.detail);
}

void Machine::report_incident() {
  if (!config_.on_incident) return;
  IncidentRecord record{*end_.incident, config_.name};
  if (work_) record.task = work_->task;
  if (work_ && work_->line > 0) record.line = work_->line;
  config_.on_incident(record);
}

Result<void> Machine::limit(const MachineLimits& limits) {
  if (!process_) return Error("the machine has ended");
  if (limits.disk_bytes) {
    if (auto limited = limit_file_size(process_->pid(), overlay_bytes_ + *limits.disk_bytes); !limited) return limited;
  }
  if (limits.cpus && config_.cgroup) {
    CgroupLimits cgroup;
    cgroup.cpus = limits.cpus;
    if (auto limited = config_.cgroup->limit(cgroup); !limited) return limited;
    throttle_ = config_.cgroup->throttle_counter();
  }
  if (limits.io_bytes_per_s && has_disk_) {
    limit_disk_of_host(*limits.io_bytes_per_s);
    const std::string rate = std::to_string(*limits.io_bytes_per_s);
    command("block_set_io_throttle", std::string("{\"id\":\"") + kDiskDevice + "\",\"bps\":0,\"bps_rd\":" + rate +
            ",\"bps_wr\":" + rate + ",\"iops\":0,\"iops_rd\":0,\"iops_wr\":0}", [] {});
  }
  return {};
}

// Behind QEMU's own throttle, for one that was taken over; not every file system is on a disk that
// the kernel can limit.
void Machine::limit_disk_of_host(std::int64_t bytes_per_s) const {
  const auto disk = config_.cgroup ? disk_below(overlay_device_) : std::nullopt;
  if (disk) (void)config_.cgroup->limit(IoLimit{*disk, bytes_per_s});
}

Nanoseconds Machine::cpu_time() const {
  clockid_t clock = 0;
  timespec used{};
  if (!process_ || ::clock_getcpuclockid(process_->pid(), &clock) != 0 || ::clock_gettime(clock, &used) < 0) return 0;
  return used.tv_sec * kSecond + used.tv_nsec;
}

ServedTimes Machine::served_times() const {
  if (config_.served_times) return config_.served_times();
  if (!process_) return {};
  if (!served_times_) served_times_.emplace(process_->pid(), config_.vcpus);
  ServedTimes times = end_.process ? served_times_->last() : served_times_->read();  // its number may be another's by now
  if (throttle_) times.throttled = read_counter(*throttle_).throttled_ns.value_or(0);
  // A kernel that does not count (no CONFIG_SCHED_INFO) says 0 of all threads, and of one that has started QEMU that is not so.
  if (times.vcpus.empty() || times.main.ran == 0) times.vcpus.assign(1, {cpu_time(), 0});
  return times;
}

std::vector<CgroupCounter> Machine::usage_files() const {
  std::vector<CgroupCounter> files;
  if (config_.cgroup) {
    files = config_.cgroup->counters();
    for (CgroupCounter& gauge : config_.cgroup->gauges()) files.push_back(std::move(gauge));
  }
  if (end_.process) return files;  // its number may be another's by now
  if (auto io = open_file(io_file(pid()), O_RDONLY)) files.push_back({*std::move(io), parse_process_io});
  return files;
}

// Before the process is reaped: /proc knows it as long as it is a zombie.
void Machine::read_usage() {
  if (config_.guard) config_.guard->consume();
  if (const auto io = read_file(io_file(pid()), kMaxProcFile)) parse_process_io(*io, end_.usage);
  if (!config_.cgroup) return;
  ++undrained_;
  auto files = config_.sampler ? usage_files() : config_.cgroup->counters();
  usage_reader_ = std::make_unique<UsageReader>(ring_, std::move(files), [this](const CgroupUsage& usage) {
    take_usage(usage);
    channel_drained();
  });
}

void Machine::take_usage(MachineUsage usage) {
  take_larger(usage.read_bytes, end_.usage.read_bytes);
  take_larger(usage.write_bytes, end_.usage.write_bytes);
  end_.usage = usage;
}

// What its cgroup did not count, the kernel has for the process itself.
void Machine::complete_usage(const ProcessEnd& process) {
  if (!end_.usage.cpu_ns) end_.usage.cpu_ns = process.cpu_ns;
  if (!end_.usage.memory_peak_bytes) end_.usage.memory_peak_bytes = process.max_rss_bytes;
}

}  // namespace mayfly
