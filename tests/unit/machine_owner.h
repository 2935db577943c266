// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "fake_host.h"
#include "machine/machine.h"
#include "sys/memory_file.h"

namespace mayfly::test {

// Owns one machine, notes what it is told, and stops the ring at the end.
class Owner : public MachineObserver {
 public:
  explicit Owner(const std::string& trick = "none") : host(trick) {}

  // A machine that boots; `change` may change how. Without this, run() makes a plain one.
  void boot(const std::function<void(MachineConfig&)>& change = {});
  // One that can be saved: its memory and state are files.
  void boot_savable();
  // One that is restored from what a savable one left.
  void restore(const std::function<void(MachineConfig&)>& change = {});

  // From launch to release.
  MachineEnd run();

  void machine_ready(Machine& m) override;
  void machine_replied(Machine& m, const Reply& reply) override;
  void machine_released(Machine&, const MachineEnd& e) override;
  void machine_moved(Machine&, MachineState, MachineState to) override;

  Ring& ring() { return host.ring(); }

  FakeHost host;
  Fd memory;
  Fd state;
  std::string token;  // of the guest that was saved
  std::string log;
  int replies = 0;
  int released = 0;
  MachineState kill_on = MachineState::defined;
  std::function<void(Machine&)> on_ready;
  std::function<void(Machine&, const Reply&)> on_reply;
  MachineEnd end;
  bool saved = false;
  std::unique_ptr<Machine> machine;
};

// A request that runs one of the fake's programs, as a task's or as a throw-away one.
ExecRequest program(const std::string& name);
ExecRequest throw_away(const std::string& name);

}  // namespace mayfly::test
