// SPDX-License-Identifier: Apache-2.0
#include "batch/summary.h"

#include <csignal>

#include "helpers.h"

namespace mayfly::test {
namespace {

HaltRule rule(std::string_view text) { return *parse_halt_rule(text); }

TEST_CASE("a summary names the verdicts that there were") {
  Summary summary({}, {});
  CHECK(summary.text() == "0 results");
  summary.add(Verdict::ok, Fault::none);
  CHECK(summary.text() == "1 result: 1 ok");
  summary.add(Verdict::ok, Fault::none);
  summary.add(Verdict::infra_error, Fault::infra);
  CHECK(summary.text() == "3 results: 2 ok, 1 infra_error");
  CHECK(summary.results() == 3);
}

TEST_CASE("tasks may fail as they like; what the exit status tells is how the batch went") {
  Summary summary({}, {});
  CHECK(summary.exit_status() == kExitOk);
  summary.add(Verdict::timeout, Fault::task);
  CHECK(summary.exit_status() == kExitOk);
  summary.add(Verdict::infra_error, Fault::infra);
  CHECK(summary.exit_status() == kExitInfra);
}

TEST_CASE("a condition outweighs infrastructure failures, and a signal both") {
  Summary summary({}, {Verdict::timeout});
  summary.add(Verdict::infra_error, Fault::infra);
  summary.add(Verdict::timeout, Fault::task);
  CHECK(summary.exit_status() == kExitCondition);
  CHECK_FALSE(summary.halt_met());
  summary.interrupted(SIGTERM);
  CHECK(summary.exit_status() == 128 + SIGTERM);
}

TEST_CASE("failures are everything but ok; infrastructure failures are counted by whose fault they are") {
  Summary fail(rule("now,fail=2"), {});
  fail.add(Verdict::ok, Fault::none);
  fail.add(Verdict::nonzero_exit, Fault::task);
  CHECK_FALSE(fail.halt_met());
  fail.add(Verdict::infra_error, Fault::infra);
  CHECK(fail.halt_met());
  CHECK(fail.exit_status() == kExitCondition);

  Summary infra(rule("now,infra=2"), {});
  for (int i = 0; i < 5; ++i) infra.add(Verdict::timeout, Fault::task);
  infra.add(Verdict::infra_error, Fault::infra);
  CHECK_FALSE(infra.halt_met());
  infra.add(Verdict::infra_error, Fault::infra);
  CHECK(infra.halt_met());
}

TEST_CASE("a rule that was met stays so, though the share falls again") {
  Summary summary(rule("soon,fail=50%"), {});
  for (int i = 0; i < 10; ++i) summary.add(i < 5 ? Verdict::ok : Verdict::timeout, Fault::none);
  CHECK(summary.halt_met());
  for (int i = 0; i < 90; ++i) summary.add(Verdict::ok, Fault::none);
  CHECK(summary.halt_met());
}

TEST_CASE("an escape halts at once, whatever the rule says, where that was asked for") {
  for (const bool on_escape : {true, false}) {
    HaltRule soon = rule("soon,fail=5");
    soon.on_escape = on_escape;
    Summary summary(soon, {});
    summary.add(Verdict::escape_detected, Fault::task);
    CHECK(summary.halt_met() == on_escape);
    CHECK((summary.halt().when == HaltRule::When::now) == on_escape);
  }
}

}  // namespace
}  // namespace mayfly::test
