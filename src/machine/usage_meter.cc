// SPDX-License-Identifier: Apache-2.0
#include "usage_meter.h"

#include <fcntl.h>
#include <time.h>

#include <string>
#include <utility>

#include "sys/files.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxProcFile = 4096;

std::string io_file(pid_t pid) { return "/proc/" + std::to_string(pid) + "/io"; }

}  // namespace

UsageMeter::UsageMeter(Ring& ring, pid_t pid, int vcpus, const Cgroup* cgroup)
    : ring_(ring), pid_(pid), cgroup_(cgroup), threads_(pid, vcpus) {}

Nanoseconds UsageMeter::cpu_time() const {
  clockid_t clock = 0;
  timespec used{};
  if (process_ || ::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &used) < 0) return 0;
  return used.tv_sec * kSecond + used.tv_nsec;
}

void UsageMeter::note_quota() { throttle_ = cgroup_ ? cgroup_->throttle_counter() : std::nullopt; }

// A kernel that does not count (no CONFIG_SCHED_INFO) says 0 of all threads, and of one that has started QEMU that is
// not so.
ServedTimes UsageMeter::served_times() {
  ServedTimes times = process_ ? threads_.last() : threads_.read();
  if (throttle_) times.throttled = read_counter(*throttle_).throttled_ns.value_or(0);
  const bool counts = !times.servers.empty() && times.servers.front().ran > 0;
  if (times.vcpus.empty() || !counts) times.vcpus.assign(1, {cpu_time(), 0});
  return times;
}

std::vector<CgroupCounter> UsageMeter::files() const {
  std::vector<CgroupCounter> files;
  if (cgroup_) {
    files = cgroup_->counters();
    for (CgroupCounter& gauge : cgroup_->gauges()) files.push_back(std::move(gauge));
  }
  if (process_) return files;
  if (auto io = open_file(io_file(pid_), O_RDONLY)) files.push_back({*std::move(io), parse_process_io});
  return files;
}

bool UsageMeter::read_last(bool with_gauges, std::function<void()> on_done) {
  if (const auto io = read_file(io_file(pid_), kMaxProcFile)) parse_process_io(*io, total_);
  if (!cgroup_) return false;
  auto wanted = with_gauges ? files() : cgroup_->counters();
  reader_ = std::make_unique<UsageReader>(ring_, std::move(wanted), [this, on_done = std::move(on_done)](const CgroupUsage& usage) {
    take(usage);
    on_done();
  });
  return true;
}

void UsageMeter::take(MachineUsage usage) {
  take_larger(usage.read_bytes, total_.read_bytes);
  take_larger(usage.write_bytes, total_.write_bytes);
  total_ = usage;
  complete();
}

void UsageMeter::reaped(const ProcessEnd& process) {
  process_ = process;
  complete();
}

void UsageMeter::complete() {
  if (!process_) return;
  if (!total_.cpu_ns) total_.cpu_ns = process_->cpu_ns;
  if (!total_.memory_peak_bytes) total_.memory_peak_bytes = process_->max_rss_bytes;
}

}  // namespace mayfly
