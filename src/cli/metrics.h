// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "batch/task_totals.h"
#include "machine/machine_sampler.h"
#include "monitor/machine_totals.h"
#include "monitor/sample_file.h"
#include "monitor/usage_reader.h"
#include "ring/ring.h"
#include "settings.h"
#include "sys/output.h"

namespace mayfly {

// What --metrics names, opened before there is anything to measure.
struct MetricsFiles {
  std::vector<SampleFile> samples;
  std::vector<OutputFile> totals;
  Nanoseconds interval = kSecond;

  // An error: one cannot be written to.
  static Result<MetricsFiles> open(const MetricsOptions& options);
};

// The files of --metrics: samples of machines as they come, totals every interval, and both once more at the end. A
// file that cannot be written any more is given up with a word in the log; the tasks go on.
class Metrics {
 public:
  // Null if no file is asked for. An error: one cannot be written. `ring` and `log` must outlive it.
  static Result<std::unique_ptr<Metrics>> open(MetricsFiles files, Ring& ring, const Log& log);

  MachineSampler& sampler() { return sampler_; }
  void add(const TaskResult& result) { tasks_.add(result); }

  // Measures a last time and calls back. No machine lives any more.
  void finish(std::function<void()> then);

 private:
  Metrics(MetricsFiles files, Ring& ring, const Log& log);
  void take(const MachineSample& sample);
  void measure();
  void measured(const CgroupUsage& host);
  Result<void> write_totals(const OutputFile& file) const;

  Ring& ring_;
  const Log& log_;
  MetricsFiles files_;
  Nanoseconds due_ = 0;  // the next measurement
  TaskTotals tasks_;
  MachineTotals machines_;
  MachineSampler sampler_;
  std::unique_ptr<UsageReader> host_;
  Timer timer_;
  bool measuring_ = false;
  std::function<void()> then_;
};

}  // namespace mayfly
