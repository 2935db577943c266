// SPDX-License-Identifier: Apache-2.0
#include "outcomes.h"

#include "helpers.h"
#include "task/task_spec.h"

namespace mayfly::test {
namespace {

ProgramOutcome printed(std::string out, Ending ending = Ending::exited_zero) {
  ProgramOutcome outcome;
  outcome.ending = ending;
  outcome.out = std::move(out);
  outcome.exit_code = 0;
  outcome.starved = kMillisecond;
  return outcome;
}

TEST_CASE("what a single program left is the task's own") {
  TaskResult result;
  Outcomes outcomes(result);
  outcomes.keep_before(ProgramKind::compile, printed("compiled"));
  outcomes.keep_run(printed("ran"));
  CHECK(result.out == "ran");
  CHECK(result.exit_code == 0);
  CHECK(result.before.at(0).outcome.out == "compiled");
  CHECK(result.timing.starved == 2 * kMillisecond);
  CHECK(outcomes.all_right() == Ending::exited_zero);
}

TEST_CASE("what cases print is kept up to a sum, and judged all the same") {
  TaskResult result;
  Outcomes outcomes(result);
  for (const char* id : {"a", "b", "c"}) {
    const bool large = *id != 'c';
    outcomes.keep_case(id, printed(std::string(large ? kMaxCaseBytes / 2 + 1 : 0, 'x')));
    outcomes.judge_case(Ending::expected_output, "", 2);
    outcomes.settle_case();
  }
  CHECK(result.cases.at(0).outcome.out.size() == kMaxCaseBytes / 2 + 1);
  CHECK_FALSE(result.cases.at(0).outcome.truncated);
  CHECK(result.cases.at(1).outcome.out.empty());
  CHECK(result.cases.at(1).outcome.truncated);
  CHECK(result.truncated);
  CHECK(result.score() == 6);
  CHECK(outcomes.all_right() == Ending::expected_output);
}

TEST_CASE("that all is right is the host's word only if each was compared") {
  TaskResult result;
  Outcomes outcomes(result);
  outcomes.keep_case("a", printed(""));
  outcomes.judge_case(Ending::expected_output, "", {});
  CHECK(outcomes.all_right() == Ending::expected_output);
  outcomes.keep_case("b", printed(""));
  CHECK(outcomes.all_right() == Ending::exited_zero);
  outcomes.drop_case();
  CHECK(outcomes.all_right() == Ending::expected_output);
}

TEST_CASE("the times of a task are those of its runs: the first that printed, the last that ended") {
  TaskResult result;
  Outcomes outcomes(result);
  const auto run = [&](Nanoseconds first_output, Nanoseconds ended) {
    ProgramOutcome outcome = printed("");
    outcome.first_output = first_output;
    outcome.ended = ended;
    outcomes.keep_case("x", std::move(outcome));
  };
  run(0, 10);
  run(15, 20);
  run(25, 0);  // given up
  CHECK(outcomes.first_output() == 15);
  CHECK(outcomes.ended() == 20);
}

}  // namespace
}  // namespace mayfly::test
