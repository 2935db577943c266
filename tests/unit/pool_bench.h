// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fake_host.h"
#include "pool/pool.h"

namespace mayfly::test {

class PoolBench;

// Who has asked for a machine, and perhaps has one.
class Client : private MachineObserver {
 public:
  Client(PoolBench& bench, const MachineShape& shape);

  bool has_machine() const { return machine_ != nullptr; }
  bool has_failed() const { return failure_.has_value(); }
  bool is_done() const { return released_; }
  const MachineEnd& failure() const { return *failure_; }
  bool hit() const { return hit_; }
  Machine& machine() { return *machine_; }

  void withdraw() { claim_.reset(); }
  void take(std::variant<Pool::Claimed, MachineEnd> answer);

 private:
  void machine_ready(Machine&) override { FAIL("ready is told once"); }
  void machine_replied(Machine&, const Reply&) override {}
  void machine_released(Machine&, const MachineEnd&) override;

  PoolBench& bench_;
  std::shared_ptr<Pool::Claim> claim_;
  std::unique_ptr<Machine> machine_;
  std::optional<Pool::Lease> lease_;
  std::optional<MachineEnd> failure_;
  bool hit_ = false;
  bool released_ = false;
};

// A pool of fake machines, whose fakes tell (see FakeHost::on_told) when their trick says so:
// "tells" when a machine has become ready, a template's too.
class PoolBench {
 public:
  explicit PoolBench(PoolOptions options, const std::string& trick = "tells");
  ~PoolBench();

  // Each stays where it is.
  Client& ask(const MachineShape& shape = kSmall) { return clients_.emplace_back(*this, shape); }
  // Asks, and waits for the machine.
  Client& get(const MachineShape& shape = kSmall);
  // Destroys the client's machine and waits for its end.
  void finish(Client& client);

  // Runs the ring until `wanted`, which is looked at after every event that is seen here.
  void run_until(std::function<bool()> wanted);
  void run_until_told(int times) {
    run_until([this, times] { return told == times; });
  }
  // So many turns of the loop.
  void run_turns(int turns);
  // Waits for the end of a child, if it is still one.
  void run_until_dead(pid_t pid);
  void noted();  // something has happened

  // Closes the pool and checks that no process is left.
  void close();

  FakeHost host;
  Log log{LogLevel::off};
  DigestCache digests{host.home()};
  TemplateCache templates{host.ring(), host.home(), digests, 64 << 20};
  std::vector<std::string> troubles;
  Pool pool;
  int told = 0;

 private:
  std::deque<Client> clients_;
  std::function<bool()> wanted_;
  bool closed_ = false;
};

}  // namespace mayfly::test
