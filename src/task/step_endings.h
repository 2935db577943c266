// SPDX-License-Identifier: Apache-2.0
//
// What it means for a task how one of its programs ended.
#pragma once

#include "task/ending.h"
#include "task/program.h"

namespace mayfly {

// What it has done leaves its machine as it was: another can run there.
bool lets_go_on(Ending ending);

// Of any step but a judge.
Ending ending_of(ProgramStep::Kind kind, Ending ending);

// Of a checker that did not judge.
Ending ending_of_checker(Ending ending);

}  // namespace mayfly
