// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "base/fd.h"
#include "base/result.h"
#include "task/task_result.h"
#include "task/task_spec.h"

namespace mayfly {

// What a task is, as 64 hex digits: SHA-256 over program, files, stdin, limits, permissions,
// labels, id and the image's digest; everything but its line number.
std::string task_key(const TaskSpec& spec, const std::string& image_sha256);

// An append-only file of finished tasks, one JSON object a line: {"key":…,"result":{…}}.
// A task whose last result was final is not run again: its result is handed out as it was.
// Infrastructure failures and cancelled tasks are not final. A line torn by a crash is
// ignored and cut off. Holds keys and offsets in memory, never results.
class Journal {
 public:
  // With `resume` an existing journal is read and continued; without, it must not exist.
  // One mayfly at a time: the file is locked.
  static Result<Journal> open(const std::string& path, bool resume);

  // The recorded result line (with newline, with `line` as recorded), if there is one.
  std::optional<std::string> find(const std::string& key) const;

  Result<void> append(const std::string& key, const TaskResult& result);

 private:
  struct Entry {
    std::int64_t offset;
    std::size_t length;
  };

  Journal(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  Result<void> load();
  void index_line(std::string_view line, std::int64_t offset);

  Fd fd_;
  std::string path_;
  std::int64_t end_ = 0;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace mayfly
