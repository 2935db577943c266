// SPDX-License-Identifier: Apache-2.0
#include "batch/task_source.h"

#include <algorithm>
#include <new>

namespace mayfly {
namespace {

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

TaskSource::TaskSource(Ring& ring, Fd input, std::size_t max_line, SpecDefaults defaults,
                       Shard shard, std::function<void()> on_available)
    : lines_(max_line),
      max_line_(max_line),
      defaults_(std::move(defaults)),
      shard_(shard),
      on_available_(std::move(on_available)),
      stream_(ring, std::move(input),
              {.on_bytes =
                   [this](std::string_view bytes) {
                     lines_.append(bytes);
                     stream_.pause();  // until somebody asks for more
                     on_available_();
                   },
               .on_end =
                   [this](int error) {
                     ended_ = true;
                     read_error_ = error;
                     on_available_();
                   }}) {}

std::optional<TaskSource::Item> TaskSource::next() {
  while (!exhausted_) {
    if (const auto line = lines_.next()) {
      auto item = take_line(*line);
      read_ahead();
      if (item) return item;
    } else if (lines_.overflowed()) {
      lines_.recover();
      ++line_;
      if (is_ours()) {
        return refused("",
                       "the line is longer than " + std::to_string(max_line_) + " bytes; --max-line raises the limit");
      }
    } else if (ended_) {
      exhausted_ = true;
      return take_last_line();
    } else {
      stream_.resume();
      return std::nullopt;
    }
  }
  return std::nullopt;
}

// With no whole line left, it is time to know whether there will be one.
void TaskSource::read_ahead() {
  if (!ended_ && lines_.rest().find('\n') == std::string_view::npos) stream_.resume();
}

std::optional<int> TaskSource::most_left() const {
  if (!ended_) return std::nullopt;
  const std::string_view rest = lines_.rest();
  const bool unfinished = !exhausted_ && !rest.empty() && rest.back() != '\n';
  return static_cast<int>(std::count(rest.begin(), rest.end(), '\n')) + unfinished;
}

std::optional<TaskSource::Item> TaskSource::take_line(std::string_view line) {
  ++line_;
  if (!is_ours() || is_blank(line)) return std::nullopt;
  try {
    auto spec = parse_task(line, line_, defaults_);
    if (spec) return *std::move(spec);
    return refused(id_of_line(line), spec.error().message());
  } catch (const std::bad_alloc&) {
    TaskResult result = refused(id_of_line(line), "mayfly has no memory left to read this line");
    result.ending = Ending::mayfly_out_of_memory;
    return result;
  }
}

TaskResult TaskSource::refused(std::string id, std::string why) const {
  TaskResult result = spec_error_result(line_, std::move(why));
  result.id = id.empty() ? default_id(line_) : std::move(id);
  return result;
}

std::optional<TaskSource::Item> TaskSource::take_last_line() {
  if (lines_.rest().empty()) return std::nullopt;
  return take_line(lines_.rest());
}

}  // namespace mayfly
