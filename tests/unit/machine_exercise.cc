// SPDX-License-Identifier: Apache-2.0
// The throw-away program that a machine runs before it waits for a task.
#include "machine_owner.h"

namespace mayfly::test {
namespace {

// A machine whose fake plays `trick` when it is exercised.
MachineEnd exercised(const std::string& trick, std::string& log, Nanoseconds boot_timeout = 20 * kSecond) {
  Owner owner(trick);
  owner.on_ready = [](Machine& m) { m.kill(); };
  owner.boot([&](MachineConfig& config) {
    config.exercise = throw_away("true");
    config.boot_timeout = boot_timeout;
  });
  const MachineEnd end = owner.run();
  log = owner.log;
  return end;
}

TEST_CASE("a machine whose throw-away program has ended is ready, however it ended") {
  for (const std::string trick : {"none", "refuses-exercise", "chatters-in-exercise"}) {
    CAPTURE(trick);
    std::string log;
    const MachineEnd end = exercised(trick, log);
    CHECK(end.failure == MachineFailure::none);
    CHECK(contains(log, "booting exercising ready!"));
  }
}

TEST_CASE("a machine that fails while it is exercised is never ready") {
  struct Case {
    std::string trick;
    MachineFailure failure;
  };
  const Case kCases[] = {
      {"acks-exercise", MachineFailure::agent_lied},
      {"wrong-exercise", MachineFailure::agent_lied},
      {"exits-in-exercise", MachineFailure::vmm_exited},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.trick);
    std::string log;
    CHECK(to_string(exercised(c.trick, log).failure) == to_string(c.failure));
    CHECK_FALSE(contains(log, "ready"));
  }
}

TEST_CASE("a throw-away program that never ends is given up with the machine") {
  std::string log;
  CHECK(exercised("silent-exercise", log, 50 * kMillisecond).failure == MachineFailure::boot_timeout);
}

TEST_CASE("a machine that somebody waits for does without it") {
  Owner owner("silent-exercise");
  owner.on_ready = [](Machine& m) { m.kill(); };
  owner.boot([](MachineConfig& config) { config.exercise = throw_away("true"); });
  owner.machine->skip_exercise();
  CHECK(owner.run().failure == MachineFailure::none);
  CHECK(contains(owner.log, "ready!"));
}

TEST_CASE("replies to the throw-away program are not the owner's") {
  Owner owner("chatters-in-exercise");
  owner.on_ready = [](Machine& m) { m.kill(); };
  owner.boot([](MachineConfig& config) { config.exercise = throw_away("true"); });
  owner.run();
  CHECK(owner.replies == 0);
}

}  // namespace
}  // namespace mayfly::test
