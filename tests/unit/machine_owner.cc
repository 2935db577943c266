// SPDX-License-Identifier: Apache-2.0
#include "machine_owner.h"

#include "sys/files.h"

namespace mayfly::test {
namespace {

constexpr std::int64_t kMemoryBytes = 1 << 20;

}  // namespace

void Owner::boot(const std::function<void(MachineConfig&)>& change) {
  auto config = booting_machine(host.parts, kSmall, "m1");
  REQUIRE(config);
  if (change) change(*config);
  machine = std::make_unique<Machine>(ring(), *std::move(config), *this);
}

void Owner::boot_savable() {
  memory = *memory_file("memory", kMemoryBytes);
  state = *memory_file("state", 0);
  boot([this](MachineConfig& config) {
    config.memory = *duplicate(memory.get());
    config.state = *duplicate(state.get());
  });
}

void Owner::restore(const std::function<void(MachineConfig&)>& change) {
  auto config = restored_machine(host.parts, kSmall, "m2", {memory.get(), state.get(), -1, 0, token});
  REQUIRE(config);
  if (change) change(*config);
  log.clear();
  released = replies = 0;
  machine = std::make_unique<Machine>(ring(), *std::move(config), *this);
}

MachineEnd Owner::run() {
  if (!machine) boot();
  ring().defer([this] { machine->launch(); });
  REQUIRE(ring().run());
  CHECK(released == 1);
  CHECK(has_no_children());
  return end;
}

void Owner::machine_ready(Machine& m) {
  log += "!";
  if (on_ready) on_ready(m);
}

void Owner::machine_replied(Machine& m, const Reply& reply) {
  ++replies;
  if (on_reply) on_reply(m, reply);
}

void Owner::machine_released(Machine& m, const MachineEnd& e) {
  end = e;
  saved = m.saved();
  ++released;
  ring().defer([this] {
    machine.reset();
    ring().stop();
  });
}

void Owner::machine_moved(Machine&, MachineState, MachineState to) {
  log += " " + std::string(to_string(to));
  if (to == kill_on) machine->kill();
}

ExecRequest program(const std::string& name) {
  ExecRequest exec;
  exec.bin = name;
  return exec;
}

ExecRequest throw_away(const std::string& name) {
  ExecRequest exec = program(name);
  exec.user = 65534;
  return exec;
}

}  // namespace mayfly::test
