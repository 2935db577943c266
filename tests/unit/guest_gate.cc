// SPDX-License-Identifier: Apache-2.0
#include "guest/gate.h"

#include "guest/actions.h"
#include "helpers.h"

namespace mayfly::test {
namespace {

using namespace guest;

Request ping(const std::string& token) { return {1, token, ActionRequest{}}; }
Request resume(const std::string& token) { return {1, token, ResumeRequest{}}; }

TEST_CASE("before the first resume nothing else passes") {
  const Gate gate;
  CHECK(gate.check(ping(""))->reason == Refusal::token);
  CHECK(gate.check(ping("guess"))->reason == Refusal::token);
  CHECK(gate.check(resume("guess"))->reason == Refusal::token);
  CHECK_FALSE(gate.check(resume("")));
}

TEST_CASE("afterwards every request needs the token, resume too") {
  Gate gate;
  gate.set_token("first");
  CHECK_FALSE(gate.check(ping("first")));
  CHECK_FALSE(gate.check(resume("first")));
  for (const char* wrong : {"", "First", "firs", "first "}) {
    CHECK(gate.check(ping(wrong))->reason == Refusal::token);
    CHECK(gate.check(resume(wrong))->reason == Refusal::token);
  }
  gate.set_token("second");
  CHECK(gate.check(ping("first")));
  CHECK_FALSE(gate.check(ping("second")));
}

TEST_CASE("the built-in actions answer in the shape that they were asked in") {
  const ActionReply pong = run_action({Action::ping, true});
  CHECK(pong.ok);
  CHECK(pong.out == "pong\n");
  CHECK(pong.wire_shape);
  const ActionReply system = run_action({Action::uname, false});
  CHECK(system.out.starts_with("Linux "));
  CHECK(system.out.ends_with(" GNU/Linux\n"));
  CHECK_FALSE(system.wire_shape);
  CHECK(run_action({Action::id, false}).out.starts_with("uid="));
}

}  // namespace
}  // namespace mayfly::test
