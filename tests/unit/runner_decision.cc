// SPDX-License-Identifier: Apache-2.0
#include "runner/decision.h"

#include "helpers.h"

namespace mayfly::test {
namespace {

TaskError why(std::string message) { return {"exec", std::move(message), ""}; }

TaskResult written(const Decision& decision) {
  TaskResult result;
  result.exit_code = 0;
  decision.write(result);
  return result;
}

// How a task ends that was decided by the one, and then by the other.
Ending of_both(Ending first, Ending second) {
  Decision decision;
  decision.decide(first, why("first"));
  decision.decide(second, why("second"));
  return written(decision).ending;
}

bool outweighs(const EndingRow& second, const EndingRow& first) {
  if (second.verdict == Verdict::escape_detected) return first.verdict != Verdict::escape_detected;
  return second.evidence == Evidence::host &&
         (first.evidence == Evidence::guest || first.fault == Fault::none);
}

TEST_CASE(
    "of every two endings the first stays, but for the host's word against the guest's, and an "
    "escape") {
  for (int i = 0; i < kEndings; ++i) {
    for (int j = 0; j < kEndings; ++j) {
      const auto first = static_cast<Ending>(i);
      const auto second = static_cast<Ending>(j);
      CAPTURE(describe(first).name);
      CAPTURE(describe(second).name);
      CHECK(of_both(first, second) ==
            (outweighs(describe(second), describe(first)) ? second : first));
    }
  }
}

TEST_CASE("what outweighs it, in examples") {
  CHECK(of_both(Ending::exited_nonzero, Ending::cancelled) == Ending::cancelled);
  CHECK(of_both(Ending::host_timeout, Ending::cancelled) == Ending::host_timeout);
  CHECK(of_both(Ending::expected_output, Ending::agent_lied) == Ending::agent_lied);
  CHECK(of_both(Ending::output_limit, Ending::vmm_sigsys) == Ending::vmm_sigsys);
  CHECK(of_both(Ending::cancelled, Ending::exited_zero) == Ending::cancelled);
}

TEST_CASE("an ending that was outweighed takes the guest's word with it, and its error") {
  Decision decision;
  decision.decide(Ending::exited_zero, {});
  CHECK(written(decision).exit_code == 0);
  CHECK_FALSE(written(decision).error.has_value());
  decision.decide(Ending::guest_reset, why("it panicked"));
  CHECK_FALSE(written(decision).exit_code.has_value());
  CHECK(written(decision).error->message == "it panicked");
}

TEST_CASE("a program that is right decides nothing, and the first that fails does") {
  Decision decision;
  decision.decide_by_program(Ending::exited_zero, {});
  decision.decide_by_program(Ending::expected_output, {});
  CHECK_FALSE(decision.made());
  decision.decide_by_program(Ending::signalled, why("a"));
  decision.decide_by_program(Ending::unexpected_output,
                             why("b"));  // the host's word, and yet the second
  CHECK(written(decision).ending == Ending::signalled);
}

TEST_CASE("what is wrong with the checker or the machine is so of all cases") {
  for (const Ending ending :
       {Ending::checker_failed, Ending::checker_stopped, Ending::agent_lied}) {
    Decision decision;
    decision.decide_by_program(Ending::exited_nonzero, why("a"));
    decision.decide_by_program(ending, why("b"));
    CHECK(written(decision).ending == ending);
  }
  Decision decision;
  decision.decide_by_program(Ending::host_timeout, why("a"));
  decision.decide_by_program(Ending::checker_failed,
                             why("b"));  // the guest's word against the host's, and yet
  CHECK(written(decision).ending == Ending::checker_failed);
}

TEST_CASE("nothing decided writes nothing") {
  CHECK(written(Decision()).ending == Ending::cancelled);
  CHECK(written(Decision()).exit_code == 0);
}

}  // namespace
}  // namespace mayfly::test
