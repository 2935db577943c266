// SPDX-License-Identifier: Apache-2.0
// The part of Machine that holds QEMU to its limits, has it watched, and counts what it used.
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include <cerrno>
#include <charconv>

#include "machine/machine.h"
#include "sys/files.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxProcFile = 4096;

std::optional<std::int64_t> field(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + name.size());
  std::int64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) return std::nullopt;
  return value;
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
    const auto most = static_cast<rlim_t>(overlay_bytes_ + *limits.disk_bytes);
    const rlimit size{most, most};
    if (::prlimit(process_->pid(), RLIMIT_FSIZE, &size, nullptr) < 0) return Error::system("limit the machine's disk", errno);
  }
  if (limits.cpus && config_.cgroup) {
    CgroupLimits cgroup;
    cgroup.cpus = limits.cpus;
    if (auto limited = config_.cgroup->limit(cgroup); !limited) return limited;
  }
  if (limits.io_bytes_per_s && has_disk_) {
    const std::string rate = std::to_string(*limits.io_bytes_per_s);
    command("block_set_io_throttle", std::string("{\"id\":\"") + kDiskDevice + "\",\"bps\":0,\"bps_rd\":" + rate +
            ",\"bps_wr\":" + rate + ",\"iops\":0,\"iops_rd\":0,\"iops_wr\":0}", [] {});
  }
  return {};
}

Nanoseconds Machine::cpu_time() const {
  clockid_t clock = 0;
  timespec used{};
  if (!process_ || ::clock_getcpuclockid(process_->pid(), &clock) != 0 || ::clock_gettime(clock, &used) < 0) return 0;
  return used.tv_sec * kSecond + used.tv_nsec;
}

// Before the process is reaped: /proc knows it as long as it is a zombie. The block devices'
// bytes come from there where its cgroup does not count them.
void Machine::read_usage() {
  if (config_.guard) config_.guard->consume();
  const auto io = read_file("/proc/" + std::to_string(process_->pid()) + "/io", kMaxProcFile);
  if (io) {
    end_.usage.read_bytes = field(*io, "\nread_bytes: ");
    end_.usage.write_bytes = field(*io, "\nwrite_bytes: ");
  }
  if (!config_.cgroup) return;
  ++undrained_;
  usage_reader_ = std::make_unique<UsageReader>(ring_, config_.cgroup->counters(), [this](const CgroupUsage& usage) {
    take_usage(usage);
    channel_drained();
  });
}

void Machine::take_usage(const CgroupUsage& usage) {
  end_.usage.cpu_ns = usage.cpu_ns;
  end_.usage.memory_peak_bytes = usage.memory_peak_bytes;
  if (usage.read_bytes) end_.usage.read_bytes = usage.read_bytes;
  if (usage.write_bytes) end_.usage.write_bytes = usage.write_bytes;
  oom_kills_ = usage.oom_kills;
}

}  // namespace mayfly
