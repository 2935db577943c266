// SPDX-License-Identifier: Apache-2.0
#include "metrics/metrics_files.h"

namespace mayfly {

Result<MetricsFiles> MetricsFiles::open(const MetricsOptions& options) {
  MetricsFiles files;
  files.interval = options.interval_ms * kMillisecond;
  for (const std::string& path : options.files) {
    if (path.ends_with(".prom")) {
      auto file = OutputFile::open(path);
      if (!file) return std::move(file).error().context("--metrics");
      files.totals.push_back(*std::move(file));
    } else {
      auto file = SampleFile::open(path, path.ends_with(".csv") ? SampleFile::Format::csv : SampleFile::Format::ndjson);
      if (!file) return std::move(file).error().context("--metrics");
      files.samples.push_back(*std::move(file));
    }
  }
  return files;
}

}  // namespace mayfly
