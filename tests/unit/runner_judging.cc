// SPDX-License-Identifier: Apache-2.0
#include "judging.h"

#include "helpers.h"

namespace mayfly::test {
namespace {

using Protocol = CheckerProtocol;

ProgramOutcome ended(int code) {
  ProgramOutcome outcome;
  outcome.ending = code == 0 ? Ending::exited_zero : Ending::exited_nonzero;
  outcome.exit_code = code;
  return outcome;
}

TEST_CASE("a checker's word is an ending of its case") {
  CHECK(judgement_of(Protocol::plain, ended(0)).ending == Ending::exited_zero);
  CHECK(judgement_of(Protocol::plain, ended(1)).ending == Ending::checker_rejected);
  CHECK(judgement_of(Protocol::plain, ended(3)).ending == Ending::checker_failed);
}

TEST_CASE("a checker that did not end by itself has not judged, whoever ended it") {
  for (const Protocol protocol : {Protocol::plain, Protocol::testlib, Protocol::kattis}) {
    for (const auto& [ending, then] : {std::pair{Ending::signalled, Ending::checker_failed}, {Ending::guest_timeout, Ending::checker_failed},
                                       {Ending::guest_out_of_memory, Ending::checker_failed}, {Ending::not_found, Ending::checker_failed},
                                       {Ending::host_timeout, Ending::checker_stopped}, {Ending::output_limit, Ending::checker_stopped},
                                       {Ending::agent_lied, Ending::agent_lied}, {Ending::disk_limit, Ending::disk_limit}}) {
      ProgramOutcome outcome = ended(protocol == Protocol::kattis ? 42 : 0);  // whatever it says beside
      outcome.ending = ending;
      outcome.message = "the checker met a limit";
      CHECK(judgement_of(protocol, outcome).ending == then);
      CHECK(contains(judgement_of(protocol, outcome).message, "the checker met a limit"));
    }
  }
}

TEST_CASE("what a checker is given, by its protocol") {
  TaskCase test;
  test.stdin_data = "in";
  test.expected_stdout = "answer";
  const auto given = [&](Protocol protocol) {
    std::vector<TaskFile> files;
    hand_over(protocol, test, "out", files);
    std::string all;
    for (const TaskFile& file : files) all += file.path + "=" + file.content.str() + (file.mode == kCheckerFileMode ? " " : "! ");
    return all;
  };
  CHECK(given(Protocol::plain) == "input=in answer=answer output=out ");
  CHECK(given(Protocol::testlib) == "input=in answer=answer output=out ");
  CHECK(given(Protocol::kattis) == "input=in answer=answer ");
}

}  // namespace
}  // namespace mayfly::test
