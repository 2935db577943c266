// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/json_fields.h"
#include "task/task_spec.h"

namespace mayfly {

// Reads a task's "files": [{path, content|base64|src, mode}]. Problems are recorded in `task`.
std::vector<TaskFile> read_task_files(JsonFields& task, const std::string& source_root);

}  // namespace mayfly
