// SPDX-License-Identifier: Apache-2.0
#include "batch/halt.h"

#include "helpers.h"

namespace mayfly::test {
namespace {

HaltRule rule(std::string_view text) {
  auto parsed = parse_halt_rule(text);
  REQUIRE_MESSAGE(parsed.ok(), std::string(text));
  return *std::move(parsed);
}

TEST_CASE("a rule to halt by says when, of what, and how many") {
  const HaltRule soon = rule("soon,fail=10%");
  CHECK(soon.when == HaltRule::When::soon);
  CHECK(soon.what == HaltRule::What::fail);
  CHECK(soon.threshold == 10);
  CHECK(soon.percent);
  const HaltRule now = rule("now,infra=3");
  CHECK(now.when == HaltRule::When::now);
  CHECK(now.what == HaltRule::What::infra);
  CHECK(now.threshold == 3);
  CHECK_FALSE(now.percent);
  CHECK(rule("never").when == HaltRule::When::never);
}

TEST_CASE("what is no rule is refused, and told how one looks") {
  for (const char* wrong : {"", "soon", "soon,", "soon,fail", "soon,fail=", "soon,fail=0", "soon,fail=-1", "soon,fail=x",
                            "soon,fail=1x", "soon,fail=101%", "soon,fail=%", "soon,fail=1%%", "later,fail=1", "soon,ok=1",
                            "fail=1,soon", "never,fail=1", "soon,fail=99999999999999999999", "soon, fail=1"}) {
    CAPTURE(wrong);
    const auto parsed = parse_halt_rule(wrong);
    CHECK(contains(message_of(parsed), "is not WHEN,WHAT=N"));
  }
}

TEST_CASE("a number is met when it is reached") {
  const HaltRule three = rule("now,fail=3");
  CHECK_FALSE(is_met(three, 2, 2));
  CHECK(is_met(three, 3, 3));
  CHECK(is_met(three, 4, 100));
  CHECK_FALSE(is_met(rule("never"), 1'000, 1'000));
}

TEST_CASE("a share is judged when there are enough results to have one") {
  const HaltRule tenth = rule("soon,fail=10%");
  CHECK_FALSE(is_met(tenth, 9, kMinResultsForShare - 1));
  CHECK(is_met(tenth, 1, kMinResultsForShare));
  CHECK_FALSE(is_met(tenth, 9, 91));
  CHECK(is_met(tenth, 10, 100));
  CHECK(is_met(rule("soon,fail=100%"), 10, 10));
  CHECK_FALSE(is_met(rule("soon,fail=100%"), 9, 10));
}

}  // namespace
}  // namespace mayfly::test
