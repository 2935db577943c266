// SPDX-License-Identifier: Apache-2.0
#include "metrics/prometheus.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "base/printable.h"

namespace mayfly {
namespace {

// The shortest text that reads back as the same number.
std::string number_text(double number) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return std::string(text.data(), end);
}

std::string escaped(std::string_view value) {
  const std::string text = is_utf8(value) ? std::string(value) : printable(value);
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return out;
}

}  // namespace

void Histogram::add(Nanoseconds duration) {
  const double seconds = static_cast<double>(duration) / kSecond;
  const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  ++counts_[static_cast<std::size_t>(bound - kBounds.begin())];
  sum_ += seconds;
}

void PrometheusText::head(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_ += "# HELP " + name_ + " " + std::string(help) + "\n# TYPE " + name_ + " " + std::string(type) + "\n";
}

void PrometheusText::line(std::string_view name, const Labels& labels, double number) {
  text_ += name;
  char separator = '{';
  for (const auto& [label, value] : labels) {
    text_ += separator + std::string(label) + "=\"" + escaped(value) + '"';
    separator = ',';
  }
  text_ += (labels.empty() ? " " : "} ") + number_text(number) + "\n";
}

void PrometheusText::metric(std::string_view name, Type type, std::string_view help) {
  head(name, type == Type::counter ? "counter" : "gauge", help);
}

void PrometheusText::value(double number, const Labels& labels) { line(name_, labels, number); }

void PrometheusText::metric(std::string_view name, Type type, std::string_view help, double number) {
  metric(name, type, help);
  value(number);
}

void PrometheusText::histogram(std::string_view name, std::string_view help, const Histogram& histogram) {
  head(name, "histogram", help);
  std::int64_t so_far = 0;
  for (std::size_t i = 0; i < histogram.counts().size(); ++i) {
    so_far += histogram.counts()[i];
    const std::string bound = i < Histogram::kBounds.size() ? number_text(Histogram::kBounds[i]) : "+Inf";
    line(name_ + "_bucket", {{"le", bound}}, static_cast<double>(so_far));
  }
  line(name_ + "_sum", {}, histogram.sum());
  line(name_ + "_count", {}, static_cast<double>(so_far));
}

}  // namespace mayfly
