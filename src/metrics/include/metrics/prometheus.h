// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace mayfly {

// How often something took how long: counts of durations up to each bound, from a millisecond to ten minutes.
class Histogram {
 public:
  static constexpr std::array<double, 18> kBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                     1,     2.5,    5,     10,   30,    60,   120, 300,  600};  // seconds

  void add(Nanoseconds duration);

  // Durations of at most kBounds[i] that are above the bound before it; the last count is of those above all.
  const std::array<std::int64_t, kBounds.size() + 1>& counts() const { return counts_; }
  double sum() const { return sum_; }  // seconds

 private:
  std::array<std::int64_t, kBounds.size() + 1> counts_{};
  double sum_ = 0;
};

// Text in Prometheus's exposition format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). Names of metrics
// and labels are ours, and valid; values of labels may be any bytes.
class PrometheusText {
 public:
  using Labels = std::vector<std::pair<std::string_view, std::string_view>>;
  enum class Type { counter, gauge };

  // Begins a metric, whose values follow.
  void metric(std::string_view name, Type type, std::string_view help);
  void value(double number, const Labels& labels = {});

  // A metric of one value.
  void metric(std::string_view name, Type type, std::string_view help, double number);
  void histogram(std::string_view name, std::string_view help, const Histogram& histogram);

  const std::string& text() const { return text_; }

 private:
  void head(std::string_view name, std::string_view type, std::string_view help);
  void line(std::string_view name, const Labels& labels, double number);

  std::string name_;
  std::string text_;
};

}  // namespace mayfly
