// SPDX-License-Identifier: Apache-2.0
//
// The programs that a task runs on its machine: for most tasks one; for a text in some language its
// compiler, then what that made, once or for each case, and after each case the task's checker, if
// it has one. Their order is the runner's matter (runner/course.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "image/language.h"
#include "protocol/message.h"
#include "task/program_outcome.h"
#include "task/task_spec.h"

namespace mayfly {

// What a checker is given is root's, whom only the checker's own sandbox maps to the user of both:
// the program cannot read it.
inline constexpr std::uint32_t kCheckerFileMode = 0600;

struct TaskProgram {
  ProgramKind kind = ProgramKind::run;
  std::vector<TaskFile> files;  // that it finds, beside the task's
  ExecRequest exec;
  std::string stdin_data;         // a plan leaves it to whoever has the task
  bool stdin_stream = false;      // then more comes from outside
  bool stdout_stream = false;     // what it prints is handed on as it comes, and not kept
  std::int64_t output_bytes = 0;  // stdout and stderr together
  std::int64_t cpu_ms = 0;        // processor time of its machine while it runs; 0: no limit
};

// Of what thousands of cases have in common, such as their arguments and environment, there is one.
struct TaskPlan {
  struct CaseLimits {
    std::int64_t timeout_ms = 0;
    std::int64_t memory_bytes = 0;
  };

  std::optional<TaskProgram> check;  // the language's checker
  std::optional<TaskProgram> compile;
  std::optional<TaskProgram> make_checker;  // the compiler of the task's checker
  TaskProgram run;
  std::optional<TaskProgram> judge;      // the task's checker
  std::vector<CaseLimits> cases;         // of `run`; empty: it runs once
  std::optional<std::int64_t> total_ms;  // of all programs and files together

  // Each program that there is, once.
  std::vector<const TaskProgram*> programs() const;
  std::vector<TaskProgram*> programs();

  // Null: there is none.
  const TaskProgram* find(ProgramKind kind) const;

  // One that there is, as it is for a case; of a task without cases that is the first.
  TaskProgram program(ProgramKind kind, std::size_t test) const;

  // The most that any of its programs may have, whatever case it runs for.
  std::int64_t most_memory() const;

  // The one place where a slow host gives a task more time.
  void scale_times(double factor);
};

// A text in a language becomes a file of `spec`. All times are given `time_factor` times, as a slow
// host may have to. An error is the task's own: there is no such language, or what it asks for
// cannot be had in it.
Result<TaskPlan> plan_programs(TaskSpec& spec, const std::vector<Language>& languages,
                               double time_factor = 1);

// What can be started in a machine before its task is there, by the name of the language that the
// task will be in: the program of a task that gives its text and nothing else
// (ExecRequest::prestart). For languages that allow it.
std::map<std::string, ExecRequest> plan_prestarts(const std::vector<Language>& languages);

}  // namespace mayfly
