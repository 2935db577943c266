// SPDX-License-Identifier: Apache-2.0
//
// The protocols that a task's checker may be written for: how it is called, and what its end says of a case.
//   plain    `checker input output answer`, files with the case's stdin, what it printed, and its expected_stdout: 0 right,
//            1 or 2 wrong
//   testlib  called likewise; 0 right, 1, 2, 4, 8 wrong, 7 right with points, partially correct: wrong with points
//   kattis   `checker input answer feedback/ <output`: 42 right, 43 wrong; score.txt and judgemessage.txt in feedback/
// Every other end says nothing of the case, but that the checker failed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "task/program.h"
#include "task/task_spec.h"

namespace mayfly {

// What a checker is given is root's, whom only the checker's own sandbox maps to the user of both: the program cannot read it.
inline constexpr std::uint32_t kCheckerFileMode = 0600;

struct Judgement {
  Ending ending = Ending::exited_zero;  // which means: right
  std::string message = {};             // for people
  std::optional<double> score = {};     // finite
};

Judgement judgement_of(CheckerProtocol protocol, const ProgramOutcome& checker);

// The arguments that the protocol gives a checker, before the task's own.
std::vector<std::string> arguments_of(CheckerProtocol protocol);

// Has a checker called as the protocol says, whatever its command is.
void follow_protocol(CheckerProtocol protocol, ExecRequest& exec);

// Gives it what a case printed.
void hand_over(CheckerProtocol protocol, const TaskCase& test, std::string output, ProgramStep& checker);

}  // namespace mayfly
