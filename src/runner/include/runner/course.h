// SPDX-License-Identifier: Apache-2.0
//
// What a task does on its machine, and in which order, as a pure table: its files go in, its
// programs run, what they printed is judged, its artifacts come out.
#pragma once

#include <cstddef>

namespace mayfly {

// What of it a task has. It always has a program that is run.
struct Outline {
  bool check = false;  // the language's checker looks at the text first
  bool compile = false;
  bool make_checker = false;  // the task's checker is compiled
  bool judge = false;         // by the task's checker; else outputs are compared
  std::size_t cases = 0;      // 0: the program is run once, and nothing is judged
  bool stop_at_failure = false;
};

enum class Stage {
  putting,  // the task's files go in
  checking,
  compiling,
  bringing_checker,  // its files go in
  making_checker,
  running,       // the program, for the case at hand
  comparing,     // what it printed with what was expected
  handing_over,  // what it printed goes to the checker
  judging,       // the checker runs
  settling,      // the agent tidies up after one program, before the next stage
  collecting,    // artifacts come out
  over,
};

enum class StageEvent {
  passed,   // done, and well
  failed,   // a program or an output is not what it should be; its machine is as it was
  ruined,   // nothing more can be done there
  stopped,  // by the owner's wish
};

enum class StageAction {
  none,
  put_files,
  run_program,
  compare_output,
  settle,
  get_artifacts,
  finish
};

// Where a task is.
struct Course {
  Stage stage = Stage::putting;
  std::size_t test = 0;      // the case at hand, from 0
  Stage next = Stage::over;  // while settling: what comes then
};

struct CourseStep {
  Course next;
  StageAction action;
};

inline constexpr int kStages = 12;
inline constexpr int kStageEvents = 4;

// The first step.
CourseStep begin_course();

// Artifacts come out whatever failed, as long as something can be done on the machine. Only
// programs and outputs can fail, anything else can only be ruined; an event out of its stage
// changes nothing.
CourseStep step(const Outline& outline, Course course, StageEvent event);

}  // namespace mayfly
