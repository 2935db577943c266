// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "base/fd.h"
#include "base/line_splitter.h"
#include "ring/stream.h"
#include "task/task_result.h"
#include "task/task_spec.h"

namespace mayfly {

inline constexpr std::size_t kDefaultMaxTaskLine = 16 << 20;

// One of N equal parts of a batch, by line number: line i belongs to part 1 + (i - 1) % of.
struct Shard {
  std::int64_t part = 1;
  std::int64_t of = 1;
};

// Reads tasks from an NDJSON stream, one line at a time and hardly ahead of demand: it never
// holds more than one unfinished line and one read of the input.
class TaskSource {
 public:
  // A valid task, or the result of a line that is none.
  using Item = std::variant<TaskSpec, TaskResult>;

  // `on_available` is called when next() has something new to say.
  TaskSource(Ring& ring, Fd input, std::size_t max_line, SpecDefaults defaults, Shard shard,
             std::function<void()> on_available);

  // The next line's task. nullopt: nothing here now; the source reads on by itself and calls
  // on_available, unless exhausted().
  std::optional<Item> next();

  bool exhausted() const { return exhausted_; }
  // How many more tasks there are at most, once the end of the input has been seen.
  std::optional<int> most_left() const;
  int read_error() const { return read_error_; }  // errno that ended the input, or 0

  // Reads no more.
  void stop() { stream_.pause(); }

 private:
  void read_ahead();
  std::optional<Item> take_line(std::string_view line);
  std::optional<Item> take_last_line();
  TaskResult refused(std::string id, std::string why) const;
  bool is_ours() const { return (line_ - 1) % shard_.of == shard_.part - 1; }

  LineSplitter lines_;
  std::size_t max_line_;
  SpecDefaults defaults_;
  Shard shard_;
  std::function<void()> on_available_;
  std::int64_t line_ = 0;
  bool ended_ = false;      // no more bytes will come
  bool exhausted_ = false;  // and no more lines
  int read_error_ = 0;
  Stream stream_;
};

}  // namespace mayfly
