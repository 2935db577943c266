// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "base/log.h"
#include "metrics/machine_totals.h"
#include "metrics/metrics_files.h"
#include "metrics/sampler.h"
#include "metrics/task_totals.h"
#include "monitor/usage_reader.h"
#include "ring/ring.h"

namespace mayfly {

// Fills files of metrics: samples of machines as they come, totals every interval, and both once more at the end. A
// file that cannot be written any more is given up with a word in the log; the tasks go on.
class Metrics {
 public:
  // Null if no file is asked for. An error: one cannot be written. The ring lives longer.
  static Result<std::unique_ptr<Metrics>> open(MetricsFiles files, Ring& ring, const Log& log);

  // For MachineParts; lives as long as this.
  MachineWatcher& watcher() { return sampler_; }
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
  Log log_;
  MetricsFiles files_;
  Nanoseconds due_ = 0;  // the next measurement
  TaskTotals tasks_;
  MachineTotals machines_;
  Sampler sampler_;
  std::unique_ptr<UsageReader> host_;
  Timer timer_;
  bool measuring_ = false;
  std::function<void()> then_;
};

}  // namespace mayfly
