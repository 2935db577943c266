// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mayfly {

// Cuts a byte stream into lines. Feed bytes with append(), then take lines with next()
// until it returns nullopt. Holds at most `max_line` bytes of an unfinished line; a longer
// one is dropped and overflowed() becomes true. Then nothing more comes, unless the caller
// says recover(): go on behind the line that was too long.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t max_line) : max_line_(max_line) {}

  void append(std::string_view bytes);

  // The next whole line without its '\n'; the view lives until the next call of append().
  std::optional<std::string_view> next();

  // What is left without a newline, for the last line of a file.
  std::string_view rest() const { return std::string_view(buffer_).substr(start_); }

  bool overflowed() const { return overflowed_; }
  void recover() { overflowed_ = false; }

 private:
  void drop_line(std::size_t end);

  std::size_t max_line_;
  std::string buffer_;
  std::size_t start_ = 0;     // first byte not yet handed out
  std::size_t searched_ = 0;  // no '\n' in [start_, searched_)
  bool overflowed_ = false;
  bool discarding_ = false;  // inside a line that is too long
};

}  // namespace mayfly
