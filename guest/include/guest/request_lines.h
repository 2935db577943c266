// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "protocol/line_splitter.h"

namespace mayfly::guest {

struct RequestLine {
  std::string_view text;
  bool too_long = false;  // the line was dropped up to its newline; `text` is empty
};

// Cuts the host's bytes into lines and stays in step after a line that is too long.
class RequestLines {
 public:
  explicit RequestLines(std::size_t max_line) : max_line_(max_line), splitter_(max_line) {}

  // `bytes` must live until next() has returned nullopt; only then may append() come again.
  void append(std::string_view bytes) { unread_ = bytes; }

  // The text lives until the next call.
  std::optional<RequestLine> next();

 private:
  std::optional<RequestLine> take(std::string_view piece, bool ends_line);

  std::size_t max_line_;
  LineSplitter splitter_;
  std::string_view unread_;
  bool discarding_ = false;
};

}  // namespace mayfly::guest
