// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "task/task_result.h"

namespace mayfly {

// What a task's programs leave in its result, as it comes.
class Outcomes {
 public:
  // `result` must outlive it.
  explicit Outcomes(TaskResult& result) : result_(result) {}

  // Of a program before the one that is run.
  void keep_before(ProgramKind kind, ProgramOutcome outcome);
  // Of that one, if the task has no cases: what it printed is the task's own.
  void keep_run(ProgramOutcome outcome);
  // Of a run for a case: what it printed is the case's.
  void keep_case(const std::string& id, ProgramOutcome outcome);

  // Only when one was kept.
  const CaseResult& last_case() const { return result_.cases.back(); }

  // The last case's verdict, where its output was judged.
  void judge_case(Ending ending, std::string message, std::optional<double> score);
  // All is known of the last case. What it printed is kept as long as all cases together have
  // printed no more than kMaxCaseBytes.
  void settle_case();
  // The last case's end is not known to be right.
  void drop_case() { result_.cases.pop_back(); }

  // What a program's machine waited for processors of the host.
  void count_starved(const ProgramOutcome& outcome);

  // Where nothing went wrong: the host's word, if it has compared the output of each case.
  Ending all_right() const;

  Nanoseconds first_output() const { return first_output_; }  // of what was run; 0: none
  Nanoseconds ended() const { return ended_; }                // the last of what was run; 0: none

 private:
  void note_run(const ProgramOutcome& outcome);

  TaskResult& result_;
  std::size_t case_bytes_ = 0;  // that cases have printed
  Nanoseconds first_output_ = 0;
  Nanoseconds ended_ = 0;
};

}  // namespace mayfly
