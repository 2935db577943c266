// SPDX-License-Identifier: Apache-2.0
//
// A task's life as a pure table: it claims a machine, works there, and ends. What it does there is
// course.h.
#pragma once

namespace mayfly {

enum class TaskPhase {
  claiming,  // the machine is being made
  working,   // something is done on it
  closing,   // it is being destroyed
  done,
};

enum class TaskEvent {
  machine_ready,
  worked,    // nothing more is to be done there
  stopped,   // the ending is decided early: a limit, a refusal, a broken promise, the user
  released,  // nothing of the machine is left
};

enum class TaskAction { none, work, destroy, report };

struct TaskStep {
  TaskPhase next;
  TaskAction action;
};

inline constexpr int kTaskPhases = 4;
inline constexpr int kTaskEvents = 4;

// An event out of its phase changes nothing.
TaskStep step(TaskPhase phase, TaskEvent event);

}  // namespace mayfly
