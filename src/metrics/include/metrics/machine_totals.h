// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "metrics/machine_sample.h"
#include "metrics/prometheus.h"

namespace mayfly {

// What all machines have used together, living ones up to their latest sample; and the host's pressure. None of it
// ever falls, but for the number of machines.
class MachineTotals {
 public:
  void launched() { ++launched_; }
  void add(const MachineSample& sample);
  void set_host(const Pressure& pressure) { host_ = pressure; }

  // What is not known is left out.
  void write(PrometheusText& out) const;

 private:
  struct Counted {
    std::optional<std::int64_t> cpu_ns, read_bytes, write_bytes;
  };

  std::int64_t launched_ = 0;
  std::int64_t gone_ = 0;
  Counted sum_;
  std::map<std::string, Counted> latest_;  // of living machines, by name: what sum_ has of them
  Pressure host_;
};

}  // namespace mayfly
