// SPDX-License-Identifier: Apache-2.0
//
// What it means for a task how its machine, or one of its programs, ended.
#pragma once

#include "machine/machine.h"
#include "task/program_outcome.h"

namespace mayfly {

// Of a task whose machine failed; not for MachineFailure::none.
Ending ending_of(MachineFailure failure);

// What it has done leaves its machine as it was: another can run there.
bool lets_go_on(Ending ending);

// Of any program but a judge.
Ending ending_of(ProgramKind kind, Ending ending);

// Of a checker that did not judge.
Ending ending_of_checker(Ending ending);

}  // namespace mayfly
