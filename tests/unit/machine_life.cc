// SPDX-License-Identifier: Apache-2.0
// Machine itself, on fake-qemu: its states in order, and what its owner is told.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helpers.h"
#include "machine/machine.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

// Owns one machine, notes what it is told, and stops the ring at the end.
struct Owner : MachineObserver {
  explicit Owner(const std::string& trick = "none") {
    const std::string qemu = home / ("fake-qemu-" + trick);
    REQUIRE(::symlink(FAKE_QEMU, qemu.c_str()) == 0);
    MachineConfig config;
    config.name = "m1";
    config.qemu = qemu;
    config.kernel_fd = config.initramfs_fd = nothing.get();
    machine = std::make_unique<Machine>(*ring, std::move(config), *this);
  }

  MachineEnd run() {
    ring->defer([this] { machine->launch(); });
    REQUIRE(ring->run());
    CHECK(released == 1);
    CHECK(has_no_children());
    return end;
  }

  void machine_ready(Machine& m) override {
    log += "!";
    if (on_ready) on_ready(m);
  }
  void machine_replied(Machine& m, const Reply& reply) override {
    ++replies;
    if (on_reply) on_reply(m, reply);
  }
  void machine_released(Machine&, const MachineEnd& e) override {
    end = e;
    ++released;
    ring->defer([this] {
      machine.reset();
      ring->stop();
    });
  }
  void machine_moved(Machine&, MachineState, MachineState to) override {
    log += " " + std::string(to_string(to));
    if (to == kill_on) machine->kill();
  }

  TempDirectory home;
  std::unique_ptr<Ring> ring = open_ring();
  Fd nothing = *open_file("/dev/null", O_RDWR);
  std::string log;
  int replies = 0;
  int released = 0;
  MachineState kill_on = MachineState::defined;
  std::function<void(Machine&)> on_ready;
  std::function<void(Machine&, const Reply&)> on_reply;
  MachineEnd end;
  std::unique_ptr<Machine> machine;
};

TEST_CASE("a machine goes through its states in order") {
  Owner owner;
  owner.on_ready = [&](Machine& m) {
    CHECK(m.pid() > 0);
    m.claim();
    m.kill();
  };
  const MachineEnd end = owner.run();
  CHECK(owner.log == " launching negotiating booting ready! running killing reaping released");
  CHECK(end.failure == MachineFailure::none);
  REQUIRE(end.process.has_value());
  CHECK(end.process->signalled);
  CHECK(end.console_tail == "booting\n");
  CHECK(end.stderr_tail.empty());
}

TEST_CASE("a machine may be killed in every state, as often as one likes") {
  for (const auto state : {MachineState::launching, MachineState::negotiating, MachineState::booting,
                           MachineState::ready, MachineState::running, MachineState::killing,
                           MachineState::reaping, MachineState::released}) {
    CAPTURE(to_string(state));
    Owner owner;
    owner.kill_on = state;
    owner.on_ready = [&](Machine& m) {
      if (m.state() != MachineState::ready) return;
      m.claim();
      if (state > MachineState::running) m.kill();
    };
    const MachineEnd end = owner.run();
    CHECK(end.failure == MachineFailure::none);
    CHECK(contains(owner.log, to_string(state)));
  }
}

TEST_CASE("a machine that was never launched is released when it is killed") {
  Owner owner;
  owner.ring->defer([&] { owner.machine->kill(); });
  REQUIRE(owner.ring->run());
  CHECK(owner.log == " released");
  CHECK_FALSE(owner.end.process.has_value());
}

TEST_CASE("requests carry the machine's own token, and are answered") {
  Owner owner;
  owner.on_ready = [](Machine& m) {
    m.claim();
    ExecRequest exec;
    exec.bin = "late";
    const std::int64_t first = m.send(exec);
    CHECK(m.send(exec) == first + 1);
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
    owner.ring->defer([&] {
      owner.machine.reset();
      owner.ring->stop();
    });
  };
  owner.ring->defer([&] { owner.machine->launch(); });
  REQUIRE(owner.ring->run());
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

}  // namespace
}  // namespace mayfly::test
