// SPDX-License-Identifier: Apache-2.0
//
// A task's checker as one of its programs: what it is given, and what its end means for the case.
#pragma once

#include <optional>
#include <string>

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

// Gives it what a case printed.
void hand_over(CheckerProtocol protocol, const TaskCase& test, std::string output, ProgramStep& checker);

}  // namespace mayfly
