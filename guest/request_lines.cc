// SPDX-License-Identifier: Apache-2.0
#include "guest/request_lines.h"

namespace mayfly::guest {

std::optional<RequestLine> RequestLines::next() {
  while (!unread_.empty()) {
    const std::size_t newline = unread_.find('\n');
    const bool ends_line = newline != std::string_view::npos;
    const std::string_view piece = unread_.substr(0, ends_line ? newline + 1 : newline);
    unread_.remove_prefix(piece.size());
    if (auto line = take(piece, ends_line)) return line;
  }
  return std::nullopt;
}

std::optional<RequestLine> RequestLines::take(std::string_view piece, bool ends_line) {
  if (discarding_) {
    discarding_ = !ends_line;
    return std::nullopt;
  }
  splitter_.append(piece);
  if (const auto text = splitter_.next()) return RequestLine{*text};
  if (!splitter_.overflowed()) return std::nullopt;
  splitter_ = LineSplitter(max_line_);
  discarding_ = !ends_line;
  return RequestLine{{}, true};
}

}  // namespace mayfly::guest
