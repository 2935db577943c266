// SPDX-License-Identifier: Apache-2.0
//
// A task's way through its machine as a pure table.
#pragma once

#include <string_view>

namespace mayfly {

enum class TaskPhase {
  claiming,    // the machine is being made
  preparing,   // the task's files go in
  running,     // the program runs
  collecting,  // artifacts come out
  closing,     // the machine is being destroyed
  done,
};

enum class TaskEvent {
  machine_ready,
  prepared,   // every file is in
  exited,     // the program's end is known
  collected,  // every artifact is out
  stopped,    // the ending is decided early: a limit, a refusal, a broken promise, the user
  released,   // nothing of the machine is left
};

enum class TaskAction { none, put_files, execute, get_artifacts, destroy, report };

struct TaskStep {
  TaskPhase next;
  TaskAction action;
};

inline constexpr int kTaskPhases = 6;
inline constexpr int kTaskEvents = 6;

// An event out of its phase changes nothing.
TaskStep step(TaskPhase phase, TaskEvent event);

std::string_view to_string(TaskPhase phase);

}  // namespace mayfly
