// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "metrics/prometheus.h"
#include "task/task_result.h"

namespace mayfly {

// Counts results, and how long what took, for Prometheus. Each result counts once, however often it was tried.
class TaskTotals {
 public:
  TaskTotals();

  void add(const TaskResult& result);
  void write(PrometheusText& out) const;

 private:
  std::map<std::pair<Verdict, Fault>, std::int64_t> results_;  // all that there can be
  std::int64_t hits_ = 0;
  std::int64_t misses_ = 0;
  Histogram claim_, exec_, teardown_, total_;
};

}  // namespace mayfly
