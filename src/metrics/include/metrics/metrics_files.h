// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metrics/sample_file.h"
#include "sys/output.h"

namespace mayfly {

// What is measured of a run, and where it goes.
struct MetricsOptions {
  std::vector<std::string> files;  // .csv, .ndjson: samples of machines; .prom: totals
  std::int64_t interval_ms = 1000;
};

// What MetricsOptions name, opened before there is anything to measure.
struct MetricsFiles {
  std::vector<SampleFile> samples;
  std::vector<OutputFile> totals;
  Nanoseconds interval = kSecond;

  // An error: one cannot be written to.
  static Result<MetricsFiles> open(const MetricsOptions& options);

  bool empty() const { return samples.empty() && totals.empty(); }
};

}  // namespace mayfly
