// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace mayfly {

// One task's directory in a results directory.
class ResultFolder {
 public:
  static Result<ResultFolder> open(int results, std::int64_t line, const std::string& id);

  // Each returns the file's name, relative to the results directory.
  Result<std::string> put(const std::string& name, std::string_view content) const;
  // `path` is as the task's author wrote it.
  Result<std::string> put_artifact(std::size_t index, const std::string& path, std::string_view content) const;

 private:
  ResultFolder(std::string name, Fd folder, Fd artifacts)
      : name_(std::move(name)), folder_(std::move(folder)), artifacts_(std::move(artifacts)) {}

  std::string name_;
  Fd folder_;
  Fd artifacts_;
};

}  // namespace mayfly
