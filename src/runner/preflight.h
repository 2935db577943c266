// SPDX-License-Identifier: Apache-2.0
//
// What can be said of a task before it has a machine.
#pragma once

#include <variant>

#include "plan/program.h"
#include "runner/task_environment.h"
#include "task/ending.h"
#include "task/task_result.h"
#include "task/task_spec.h"

namespace mayfly {

// It may run, and so.
struct Clearance {
  TaskPlan plan;
  MachineShape shape;  // of its machine
};

// It may not, whatever machine it got.
struct Rejection {
  Ending ending;
  TaskError error;
};

// A text in a language becomes a file of `spec`. What its source imports is told in `result`, if
// the task asks for that.
std::variant<Clearance, Rejection> preflight(TaskSpec& spec, const TaskEnvironment& environment,
                                             TaskResult& result);

}  // namespace mayfly
