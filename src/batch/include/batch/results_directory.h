// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/fd.h"
#include "base/json.h"
#include "base/result.h"
#include "task/task_result.h"

namespace mayfly {

// Keeps what tasks leave as files, one directory "<line>-<id>" each, so that result lines
// stay short: stdout, stderr, and artifacts/<index>-<name>. All of it is the user's alone (0700, 0600), and no link
// that somebody put there is followed.
class ResultsDirectory {
 public:
  // An error where other users could write to it.
  static Result<ResultsDirectory> open(const std::string& path);

  // Writes the outputs and artifacts of `result` and puts the files' names, relative to the
  // directory, in their place. After an error what was not written is still in the result.
  Result<void> store(TaskResult& result) const;
  // The same for a record as to_json_line() writes it: from a journal, where outputs are whole.
  Result<void> store(JsonDocument& record) const;

 private:
  explicit ResultsDirectory(Fd directory) : directory_(std::make_shared<const Fd>(std::move(directory))) {}

  std::shared_ptr<const Fd> directory_;
};

}  // namespace mayfly
