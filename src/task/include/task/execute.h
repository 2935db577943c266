// SPDX-License-Identifier: Apache-2.0
//
// The wire shape of judges and graders: {"type":"execute"} → {"type":"ack"} → {"type":"result"} or {"type":"error"}.
// Programs, their stdin and their outputs travel as base64. docs/reference.md has it whole.
#pragma once

#include <string>

#include "base/json_fields.h"
#include "task/task_result.h"
#include "task/task_spec.h"

namespace mayfly {

// Whether a line of input is in this shape, by its "type".
bool is_execute(const JsonFields& request);

// Reads what is special to it: language, code, timeout (ms), memory_limit (bytes), stdin. Problems are recorded in
// `request`.
void read_execute(JsonFields& request, TaskSpec& spec, const Ceilings& ceilings);

// Each is one line with its newline.
std::string execute_ack(const TaskSpec& spec);
std::string execute_result(const TaskResult& result);

}  // namespace mayfly
