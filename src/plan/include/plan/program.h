// SPDX-License-Identifier: Apache-2.0
//
// The programs that a task runs on its machine, one after the other: for most tasks one; for a text in some language
// its compiler, then what that made, once or for each case, and after each case the task's checker, if it has one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "image/language.h"
#include "protocol/message.h"
#include "task/program_outcome.h"
#include "task/task_spec.h"

namespace mayfly {

// What a checker is given is root's, whom only the checker's own sandbox maps to the user of both: the program cannot read it.
inline constexpr std::uint32_t kCheckerFileMode = 0600;

struct ProgramStep {
  ProgramKind kind = ProgramKind::run;
  std::optional<std::size_t> test;  // which of the task's cases it is, or judges
  std::vector<TaskFile> files;      // that it finds, beside the task's
  ExecRequest exec;
  std::string stdin_data;             // TaskPlan leaves it to whoever has the task
  bool stdin_stream = false;          // then more comes from outside
  std::int64_t output_bytes = 0;      // stdout and stderr together
  std::int64_t cpu_ms = 0;            // processor time of its machine while it runs; 0: no limit
};

// The steps of a task, in their order. A step is made when it is its turn: of what thousands of cases have in common,
// such as their arguments and environment, there is one.
class TaskPlan {
 public:
  // What a step of a case has for itself, and processor time (0: no limit), which all have alike.
  struct StepLimits {
    std::int64_t timeout_ms = 0;
    std::int64_t memory_bytes = 0;
    std::int64_t cpu_ms = 0;
  };

  // `run` once, or for each of the cases if there are any, each with the judge, if there is one, behind it.
  TaskPlan(std::vector<ProgramStep> before, ProgramStep run, std::optional<ProgramStep> judge,
           std::vector<StepLimits> cases);

  std::size_t size() const;
  ProgramStep operator[](std::size_t number) const;
  ProgramKind kind(std::size_t number) const { return at(number).kind; }
  std::optional<std::size_t> test(std::size_t number) const;
  StepLimits limits(std::size_t number) const;

  // Each program that there is, once.
  std::vector<const ProgramStep*> programs() const;

 private:
  const ProgramStep& at(std::size_t number) const;

  std::vector<ProgramStep> before_;
  ProgramStep run_;
  std::optional<ProgramStep> judge_;
  std::vector<StepLimits> cases_;
};

// A text in a language becomes a file of `spec`. An error is the task's own: there is no such language, or what it asks
// for cannot be had in it.
Result<TaskPlan> plan_programs(TaskSpec& spec, const std::vector<Language>& languages);

// What can be started in a machine before its task is there, by the name of the language that the task will be in: the
// program of a task that gives its text and nothing else (ExecRequest::prestart). For languages that allow it.
std::map<std::string, ExecRequest> plan_prestarts(const std::vector<Language>& languages);

}  // namespace mayfly
