// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/json_fields.h"
#include "task/task_spec.h"

namespace mayfly {

// "comparison" of a task, whose cases and checker have been read: a mode's name, or an object with "mode".
void read_comparison(JsonFields& task, TaskSpec& spec);

// "protocol" of a checker.
CheckerProtocol read_protocol(JsonFields& checker);

}  // namespace mayfly
