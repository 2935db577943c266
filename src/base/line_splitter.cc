// SPDX-License-Identifier: Apache-2.0
#include "base/line_splitter.h"

namespace mayfly {

void LineSplitter::append(std::string_view bytes) {
  if (overflowed_) return;
  if (discarding_) {
    const std::size_t newline = bytes.find('\n');
    if (newline == std::string_view::npos) return;
    bytes.remove_prefix(newline + 1);
    discarding_ = false;
  }
  buffer_.erase(0, start_);
  searched_ -= start_;
  start_ = 0;
  buffer_.append(bytes);
}

std::optional<std::string_view> LineSplitter::next() {
  if (overflowed_) return std::nullopt;
  const std::size_t end = buffer_.find('\n', searched_);
  const std::size_t length = (end == std::string::npos ? buffer_.size() : end) - start_;
  if (length >= max_line_) {
    drop_line(end);
    return std::nullopt;
  }
  if (end == std::string::npos) {
    searched_ = buffer_.size();
    return std::nullopt;
  }
  const std::string_view line = std::string_view(buffer_).substr(start_, length);
  start_ = searched_ = end + 1;
  return line;
}

void LineSplitter::drop_line(std::size_t end) {
  overflowed_ = true;
  if (end != std::string::npos) {
    start_ = searched_ = end + 1;
    return;
  }
  discarding_ = true;
  buffer_ = {};
  start_ = searched_ = 0;
}

}  // namespace mayfly
