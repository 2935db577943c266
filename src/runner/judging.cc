// SPDX-License-Identifier: Apache-2.0
#include "judging.h"

#include "runner/endings.h"

namespace mayfly {
namespace {

Ending ending_of(Judgement::Word word, Ending of_checker) {
  switch (word) {
    case Judgement::Word::right: return Ending::exited_zero;
    case Judgement::Word::wrong: return Ending::checker_rejected;
    case Judgement::Word::none: break;
  }
  return ending_of_checker(of_checker);
}

}  // namespace

CaseJudgement judgement_of(CheckerProtocol protocol, const ProgramOutcome& checker) {
  const bool by_itself =
      checker.ending == Ending::exited_zero || checker.ending == Ending::exited_nonzero;
  Judgement judgement = judge(protocol, {by_itself, checker.exit_code, checker.signal, checker.out,
                                         checker.err, checker.message});
  return {ending_of(judgement.word, checker.ending), std::move(judgement.message), judgement.score};
}

void hand_over(CheckerProtocol protocol, const TaskCase& test, const std::string& output,
               std::vector<TaskFile>& files) {
  files.push_back({"input", test.stdin_data, kCheckerFileMode});
  files.push_back({"answer", test.expected_stdout.value_or(""), kCheckerFileMode});
  if (!reads_output_from_stdin(protocol)) files.push_back({"output", output, kCheckerFileMode});
}

}  // namespace mayfly
