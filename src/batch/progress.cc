// SPDX-License-Identifier: Apache-2.0
#include "batch/progress.h"

#include <unistd.h>

namespace mayfly {
namespace {

constexpr Nanoseconds kInterval = 100 * kMillisecond;
constexpr const char* kEraseLine = "\r\033[K";

void put(const std::string& text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Progress::Progress() : enabled_(::isatty(STDERR_FILENO) == 1) {}

void Progress::show(const std::string& text) {
  const Nanoseconds now = monotonic_now();
  if (!enabled_ || now - last_ < kInterval) return;
  last_ = now;
  shown_ = true;
  put(kEraseLine + text);
}

void Progress::finish(const std::string& text) {
  if (!enabled_) return;
  put(kEraseLine + text + "\n");
  shown_ = false;
}

void Progress::clear() {
  if (shown_) put(kEraseLine);
  shown_ = false;
}

}  // namespace mayfly
