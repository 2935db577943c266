// SPDX-License-Identifier: Apache-2.0
//
// A task's checker as one of its programs: what it is given, and what its end means for the case.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/program.h"
#include "task/program_outcome.h"
#include "task/task_spec.h"

namespace mayfly {

struct CaseJudgement {
  Ending ending = Ending::exited_zero;  // which means: right
  std::string message = {};             // for people
  std::optional<double> score = {};
};

CaseJudgement judgement_of(CheckerProtocol protocol, const ProgramOutcome& checker);

// Adds to its files what it is told of a case, and what that printed, unless it reads that from its
// stdin.
void hand_over(CheckerProtocol protocol, const TaskCase& test, const std::string& output,
               std::vector<TaskFile>& files);

}  // namespace mayfly
