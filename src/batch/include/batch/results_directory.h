// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "task/task_result.h"

namespace mayfly {

// Keeps what tasks leave as files, one directory "<line>-<id>" each, so that result lines
// stay short: stdout, stderr, and artifacts/<index>-<name>.
class ResultsDirectory {
 public:
  static Result<ResultsDirectory> open(const std::string& path);

  // Writes the outputs and artifacts of `result` and puts the files' names, relative to the
  // directory, in their place. After an error what was not written is still in the result.
  Result<void> store(TaskResult& result) const;

 private:
  explicit ResultsDirectory(std::string path) : path_(std::move(path)) {}

  Result<void> move_to_file(const std::string& name, std::string& content, std::string& file) const;

  std::string path_;
};

}  // namespace mayfly
