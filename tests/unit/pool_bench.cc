// SPDX-License-Identifier: Apache-2.0
#include "pool_bench.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mayfly::test {

Client::Client(PoolBench& bench, const MachineShape& shape) : bench_(bench) {
  claim_ = bench.pool.claim(bench.host.parts, shape,
                            [this](std::variant<Pool::Claimed, MachineEnd> answer) { take(std::move(answer)); });
}

void Client::take(std::variant<Pool::Claimed, MachineEnd> answer) {
  CHECK_FALSE(has_machine());
  CHECK_FALSE(has_failed());
  if (auto* claimed = std::get_if<Pool::Claimed>(&answer)) {
    machine_ = std::move(claimed->machine);
    lease_ = std::move(claimed->lease);
    hit_ = claimed->hit;
    CHECK(machine_->state() == MachineState::ready);
    machine_->claim(*this);
  } else {
    failure_ = std::get<MachineEnd>(answer);
  }
  bench_.noted();
}

void Client::machine_released(Machine&, const MachineEnd&) {
  bench_.host.ring().defer([this] {
    machine_.reset();
    lease_.reset();
    released_ = true;
    bench_.noted();
  });
}

PoolBench::PoolBench(PoolOptions options, const std::string& trick)
    : host(trick),
      pool(host.ring(), templates, log, options, [this](const std::string& why) { troubles.push_back(why); }) {
  host.on_told([this] {
    ++told;
    noted();
  });
}

PoolBench::~PoolBench() {
  if (!closed_) close();
}

void PoolBench::noted() {
  if (wanted_ && wanted_()) host.ring().stop();
}

void PoolBench::run_until(std::function<bool()> wanted) {
  wanted_ = std::move(wanted);
  if (!wanted_()) REQUIRE(host.ring().run());
  wanted_ = nullptr;
}

void PoolBench::run_turns(int turns) {
  std::function<void()> turn = [&] {
    if (turns-- == 0) return host.ring().stop();
    host.ring().defer(turn);
  };
  turn();
  REQUIRE(host.ring().run());
}

void PoolBench::run_until_dead(pid_t pid) {
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) return;
  bool dead = false;
  Watch watch(host.ring(), pidfd.get(), POLLIN, [&] {
    dead = true;
    noted();
  });
  run_until([&] { return dead; });
}

Client& PoolBench::get(const MachineShape& shape) {
  Client& client = ask(shape);
  run_until([&] { return client.has_machine() || client.has_failed(); });
  return client;
}

void PoolBench::finish(Client& client) {
  client.machine().kill();
  run_until([&] { return client.is_done(); });
}

void PoolBench::close() {
  for (Client& client : clients_) {
    if (client.has_machine()) finish(client);
  }
  closed_ = true;
  bool all_gone = false;
  pool.close([&] {
    all_gone = true;
    host.ring().stop();
  });
  CHECK_FALSE(all_gone);  // never at once
  REQUIRE(host.ring().run());
  CHECK(all_gone);
  CHECK(has_no_children());
}

}  // namespace mayfly::test
