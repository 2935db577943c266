// SPDX-License-Identifier: Apache-2.0
#include "metrics/metrics.h"

#include <algorithm>
#include <utility>

namespace mayfly {
namespace {

// Totals name no task and no machine, and are for collectors that run as somebody else.
constexpr unsigned kTotalsMode = 0644;

}  // namespace

Result<std::unique_ptr<Metrics>> Metrics::open(MetricsFiles files, Ring& ring, const Log& log) {
  std::unique_ptr<Metrics> metrics;
  if (files.empty()) return metrics;
  metrics.reset(new Metrics(std::move(files), ring, log));
  for (const OutputFile& file : metrics->files_.totals) {
    if (auto written = metrics->write_totals(file); !written) return std::move(written).error().context("--metrics");
  }
  metrics->timer_.start(metrics->files_.interval);
  return metrics;
}

Metrics::Metrics(MetricsFiles files, Ring& ring, const Log& log)
    : ring_(ring),
      log_(log),
      files_(std::move(files)),
      sampler_(ring, {.on_launched = [this] { machines_.launched(); },
                      .on_sample = [this](const MachineSample& sample) { take(sample); }}),
      timer_(ring, [this] { measure(); }) {}

void Metrics::take(const MachineSample& sample) {
  machines_.add(sample);
  std::erase_if(files_.samples, [&](SampleFile& file) {
    const auto kept = file.append(sample);
    if (!kept) log_.error("--metrics: " + kept.error().message() + "; no more goes there");
    return !kept;
  });
}

// The machines one after the other, then the host.
void Metrics::measure() {
  measuring_ = true;
  due_ = monotonic_now() + files_.interval;
  sampler_.sample_all([this] {
    host_ = std::make_unique<UsageReader>(ring_, host_pressure(), [this](const CgroupUsage& host) { measured(host); });
  });
}

void Metrics::measured(const CgroupUsage& host) {
  measuring_ = false;
  machines_.set_host(host.pressure);
  std::erase_if(files_.totals, [this](const OutputFile& file) {
    const auto written = write_totals(file);
    if (!written) log_.error("--metrics: " + written.error().message() + "; no more goes there");
    return !written;
  });
  if (then_) return std::exchange(then_, nullptr)();
  timer_.start(std::max<Nanoseconds>(0, due_ - monotonic_now()));
}

Result<void> Metrics::write_totals(const OutputFile& file) const {
  PrometheusText text;
  tasks_.write(text);
  machines_.write(text);
  return file.write_now(text.text(), kTotalsMode);
}

void Metrics::finish(std::function<void()> then) {
  then_ = std::move(then);
  timer_.stop();
  if (!measuring_) measure();
}

}  // namespace mayfly
