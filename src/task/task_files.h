// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json_fields.h"
#include "task/task_spec.h"

namespace mayfly {

// Reads the files of one line, its checker's too: "files": [{path, content|base64|src, mode}]. A host file that is
// named several times is read once. Bounded by kMaxFiles each, and kMaxFileBytes all together.
class FileReader {
 public:
  // `source_root` must outlive it; empty: src is refused.
  explicit FileReader(const std::string& source_root) : source_root_(source_root) {}

  // Problems are recorded in `task`.
  std::vector<TaskFile> read(JsonFields& task);

 private:
  TaskFile read_file(JsonFields& f);
  SharedBytes read_content(JsonFields& f);
  SharedBytes read_source(JsonFields& f, const std::string& path);

  const std::string& source_root_;
  std::map<std::string, SharedBytes> sources_;  // by what src says
  std::int64_t bytes_ = 0;
};

}  // namespace mayfly
