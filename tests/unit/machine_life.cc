// SPDX-License-Identifier: Apache-2.0
// The machine itself, on fake-qemu: its states in order, and what its owner is told.
#include <sys/wait.h>

#include "machine_owner.h"

namespace mayfly::test {
namespace {

TEST_CASE("a machine goes through its states in order") {
  Owner owner;
  owner.on_ready = [&](Machine& m) {
    CHECK(m.pid() > 0);
    CHECK_FALSE(m.restored());
    m.claim(owner);
    m.kill();
  };
  const MachineEnd end = owner.run();
  CHECK(owner.log == " launching negotiating loading booting exercising ready! running killing reaping released");
  CHECK(end.failure == MachineFailure::none);
  REQUIRE(end.process.has_value());
  CHECK(end.process->signalled);
  CHECK(end.console_tail == "booting\n");
  CHECK(end.stderr_tail.empty());
}

TEST_CASE("a machine may be killed in every state, as often as one likes") {
  for (const auto state : {MachineState::launching, MachineState::negotiating, MachineState::loading,
                           MachineState::booting, MachineState::exercising, MachineState::ready,
                           MachineState::running, MachineState::saving, MachineState::killing,
                           MachineState::reaping, MachineState::released}) {
    CAPTURE(to_string(state));
    Owner owner;
    owner.kill_on = state;
    owner.on_ready = [&](Machine& m) {
      if (m.state() != MachineState::ready) return;
      m.claim(owner);
      if (m.state() == MachineState::running && state == MachineState::saving) m.save();
      if (state > MachineState::saving) m.kill();
    };
    owner.boot_savable();
    const MachineEnd end = owner.run();
    CHECK(end.failure == MachineFailure::none);
    CHECK(contains(owner.log, to_string(state)));
    CHECK_FALSE(owner.saved);
  }
}

TEST_CASE("a machine that was never launched is released when it is killed, and launched no more") {
  Owner owner;
  owner.boot();
  owner.ring().defer([&] {
    owner.machine->kill();
    owner.machine->launch();
  });
  REQUIRE(owner.ring().run());
  CHECK(owner.log == " released");
  CHECK_FALSE(owner.end.process.has_value());
  CHECK(has_no_children());
}

TEST_CASE("a claimed machine tells its new owner, and no longer its old one") {
  Owner first;
  struct Second : MachineObserver {
    void machine_ready(Machine&) override { FAIL("ready is told once"); }
    void machine_replied(Machine& m, const Reply&) override {
      ++replies;
      m.kill();
    }
    void machine_released(Machine&, const MachineEnd&) override {
      ++released;
      ring->stop();
    }
    Ring* ring = nullptr;
    int replies = 0;
    int released = 0;
  } second;
  second.ring = &first.ring();
  first.on_ready = [&](Machine& m) {
    m.claim(second);
    m.send(program("true"));
  };
  first.boot();
  first.ring().defer([&] { first.machine->launch(); });
  REQUIRE(first.ring().run());
  CHECK(second.replies == 1);
  CHECK(second.released == 1);
  CHECK(first.replies == 0);
  CHECK(first.released == 0);
  first.machine.reset();
  CHECK(has_no_children());
}

TEST_CASE("requests carry the machine's own token, and are answered") {
  Owner owner;
  owner.on_ready = [&](Machine& m) {
    m.claim(owner);
    const std::int64_t first = m.send(program("late"));
    CHECK(m.send(program("late")) == first + 1);
    CHECK(m.token().size() == 64);
  };
  owner.on_reply = [&](Machine& m, const Reply& reply) {
    CHECK(std::holds_alternative<ExitReply>(reply.body));  // not refused for its token
    if (owner.replies == 2) m.kill();
  };
  owner.run();
  CHECK(owner.replies == 2);
}

TEST_CASE("a machine destroyed while it lives leaves no running process") {
  Owner owner;
  owner.on_ready = [&](Machine&) {
    owner.ring().defer([&] {
      owner.machine.reset();
      owner.ring().stop();
    });
  };
  owner.boot();
  owner.ring().defer([&] { owner.machine->launch(); });
  REQUIRE(owner.ring().run());
  CHECK(::waitpid(-1, nullptr, 0) > 0);  // killed; would wait for ever
  CHECK(has_no_children());
  CHECK(owner.released == 0);
}

TEST_CASE("the console's tail is kept, up to its limit, and is as hostile as it came") {
  Owner owner("panics-at-boot");
  const MachineEnd end = owner.run();
  CHECK(end.failure == MachineFailure::guest_reset);
  CHECK(end.console_tail == "booting\nKernel panic - not syncing\n");
}

TEST_CASE("time is counted in each state that was left, and in no other") {
  Owner owner;
  owner.on_ready = [&](Machine& m) {
    for (const auto state : {MachineState::launching, MachineState::negotiating, MachineState::booting}) {
      CHECK(m.time_in(state) > 0);
    }
    for (const auto state : {MachineState::defined, MachineState::running, MachineState::saving}) {
      CHECK(m.time_in(state) == 0);
    }
    m.kill();
  };
  owner.run();
}

}  // namespace
}  // namespace mayfly::test
