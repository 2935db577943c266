// SPDX-License-Identifier: Apache-2.0
//
// Where a task may put its files, by its paths alone (in their normal form: task_path.h); links are the agent's matter.
// Judges hand on names that came out of students' archives, so by itself a name can do little:
//
//   relative   below the task's cwd, or the checker's directory
//   absolute   below /tmp or cwd; elsewhere where the task says that its author means it (TaskSpec::absolute_files);
//              never in the folders of the system, where what compiles and judges is read from
//
// Artifacts are read with the rights of the task's program, so an absolute one may be anywhere.
#pragma once

#include <string_view>

#include "base/result.h"
#include "task/task_spec.h"

namespace mayfly {

// True if `path`, which is absolute, is in a folder of the system or of mayfly's own.
bool is_in_system(std::string_view path);

// Each place that a task names is one that it may name; an error says which is not, why, and how to mend it.
Result<void> check_places(const TaskSpec& spec);

}  // namespace mayfly
