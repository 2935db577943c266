// SPDX-License-Identifier: Apache-2.0
#include "metrics/machine_totals.h"

#include <algorithm>

namespace mayfly {
namespace {

using Figure = std::optional<std::int64_t>;
using Type = PrometheusText::Type;

constexpr double kNanosecondsInSecond = 1e9;
constexpr double kMicrosecondsInSecond = 1e6;

// Adds what has come since the last time. Another source may know less than the one before.
void advance(Figure& sum, Figure& latest, const Figure& now) {
  if (!now) return;
  sum = sum.value_or(0) + std::max<std::int64_t>(0, *now - latest.value_or(0));
  latest = std::max(latest.value_or(0), *now);
}

void write_counter(PrometheusText& out, std::string_view name, std::string_view help, const Figure& figure, double unit) {
  if (figure) out.metric(name, Type::counter, help, static_cast<double>(*figure) / unit);
}

void write_pressure(PrometheusText& out, const Pressure& pressure) {
  if (!pressure.cpu_us && !pressure.memory_us && !pressure.io_us) return;
  out.metric("mayfly_host_pressure_seconds_total", Type::counter,
             "Time in which at least one process of the host waited for the resource (PSI, some).");
  const auto put = [&](std::string_view resource, const Figure& us) {
    if (us) out.value(static_cast<double>(*us) / kMicrosecondsInSecond, {{"resource", resource}});
  };
  put("cpu", pressure.cpu_us);
  put("memory", pressure.memory_us);
  put("io", pressure.io_us);
}

}  // namespace

void MachineTotals::add(const MachineSample& sample) {
  Counted& latest = latest_[sample.machine];
  advance(sum_.cpu_ns, latest.cpu_ns, sample.usage.cpu_ns);
  advance(sum_.read_bytes, latest.read_bytes, sample.usage.read_bytes);
  advance(sum_.write_bytes, latest.write_bytes, sample.usage.write_bytes);
  if (!sample.last) return;
  latest_.erase(sample.machine);
  ++gone_;
}

void MachineTotals::write(PrometheusText& out) const {
  const auto living = static_cast<double>(launched_ - gone_);
  out.metric("mayfly_machines", Type::gauge, "Machines that live, waiting ones included.", living);
  out.metric("mayfly_machines_launched_total", Type::counter, "Machines launched.", static_cast<double>(launched_));
  write_counter(out, "mayfly_machine_cpu_seconds_total", "Processor time of all machines, QEMU included.",
                sum_.cpu_ns, kNanosecondsInSecond);
  write_counter(out, "mayfly_machine_read_bytes_total", "Bytes that machines read from the host's disks.",
                sum_.read_bytes, 1);
  write_counter(out, "mayfly_machine_written_bytes_total", "Bytes that machines wrote to the host's disks.",
                sum_.write_bytes, 1);
  write_pressure(out, host_);
}

}  // namespace mayfly
