// SPDX-License-Identifier: Apache-2.0
#include "metrics.h"

#include <algorithm>
#include <utility>

#include "sys/files.h"

namespace mayfly {

Result<std::unique_ptr<Metrics>> Metrics::open(const MetricsOptions& options, Ring& ring, const Log& log) {
  std::unique_ptr<Metrics> metrics;
  if (options.files.empty()) return metrics;
  metrics.reset(new Metrics(options, ring, log));
  for (const std::string& path : options.files) {
    if (auto opened = metrics->open_file(path); !opened) return std::move(opened).error().context("--metrics");
  }
  metrics->timer_.start(metrics->interval_);
  return metrics;
}

Metrics::Metrics(const MetricsOptions& options, Ring& ring, const Log& log)
    : ring_(ring),
      log_(log),
      interval_(options.interval_ms * kMillisecond),
      sampler_(ring, {.on_launched = [this] { machines_.launched(); },
                      .on_sample = [this](const MachineSample& sample) { take(sample); }}),
      timer_(ring, [this] { measure(); }) {}

Result<void> Metrics::open_file(const std::string& path) {
  if (path.ends_with(".prom")) {
    totals_.push_back(path);
    return write_totals(path);
  }
  auto file = SampleFile::open(path, path.ends_with(".csv") ? SampleFile::Format::csv : SampleFile::Format::ndjson);
  if (!file) return std::move(file).error();
  samples_.push_back(*std::move(file));
  return {};
}

void Metrics::take(const MachineSample& sample) {
  machines_.add(sample);
  std::erase_if(samples_, [&](SampleFile& file) {
    const auto kept = file.append(sample);
    if (!kept) log_.error("--metrics: " + kept.error().message() + "; no more goes there");
    return !kept;
  });
}

// The machines one after the other, then the host.
void Metrics::measure() {
  measuring_ = true;
  due_ = monotonic_now() + interval_;
  sampler_.sample_all([this] {
    host_ = std::make_unique<UsageReader>(ring_, host_pressure(), [this](const CgroupUsage& host) { measured(host); });
  });
}

void Metrics::measured(const CgroupUsage& host) {
  measuring_ = false;
  machines_.set_host(host.pressure);
  std::erase_if(totals_, [this](const std::string& path) {
    const auto written = write_totals(path);
    if (!written) log_.error("--metrics: " + written.error().message() + "; no more goes there");
    return !written;
  });
  if (then_) return std::exchange(then_, nullptr)();
  timer_.start(std::max<Nanoseconds>(0, due_ - monotonic_now()));
}

Result<void> Metrics::write_totals(const std::string& path) const {
  PrometheusText text;
  tasks_.write(text);
  machines_.write(text);
  return replace_file(path, text.text());
}

void Metrics::finish(std::function<void()> then) {
  then_ = std::move(then);
  timer_.stop();
  if (!measuring_) measure();
}

}  // namespace mayfly
