// SPDX-License-Identifier: Apache-2.0
#include "pool/pool.h"

#include <algorithm>
#include <csignal>
#include <set>

#include "pool_bench.h"

namespace mayfly::test {
namespace {

constexpr MachineShape kOther{{.memory_mib = 2, .vcpus = 1}};

// The one child that `client` does not have.
pid_t idle_machine(Client& client) {
  std::vector<pid_t> pids = children();
  std::erase(pids, client.machine().pid());
  REQUIRE(pids.size() == 1);
  return pids[0];
}

TEST_CASE("the first claim misses, and gets a machine that was restored") {
  PoolBench bench({.size = 1});
  Client& client = bench.get();
  REQUIRE(client.has_machine());
  CHECK_FALSE(client.hit());
  CHECK(client.machine().restored());
  CHECK(bench.troubles.empty());
}

TEST_CASE("the second claim finds a machine that waits") {
  PoolBench bench({.size = 1});
  Client& first = bench.get();
  bench.run_until_told(3);  // template, first, and the one that waits
  Client& second = bench.ask();
  CHECK_FALSE(second.has_machine());  // never at once
  bench.run_until([&] { return second.has_machine(); });
  CHECK(second.hit());
  CHECK(first.machine().name() != second.machine().name());
  CHECK(first.machine().token() != second.machine().token());
}

TEST_CASE("no machine is handed out twice") {
  PoolBench bench({.size = 3});
  std::vector<Client*> clients;
  for (int i = 0; i < 6; ++i) clients.push_back(&bench.ask());
  bench.run_until([&] {
    return std::all_of(clients.begin(), clients.end(), [](Client* c) { return c->has_machine(); });
  });
  bench.run_until_told(1 + 6 + 3);
  for (int i = 0; i < 4; ++i) clients.push_back(&bench.get());
  std::set<pid_t> pids;
  std::set<std::string> names;
  for (Client* client : clients) {
    REQUIRE(client->has_machine());
    pids.insert(client->machine().pid());
    names.insert(client->machine().name());
  }
  CHECK(pids.size() == clients.size());
  CHECK(names.size() == clients.size());
}

TEST_CASE("machines are kept ready by demand, one for one") {
  PoolBench bench({.size = 3});
  Client& first = bench.get();
  bench.run_until_told(3);
  CHECK(children().size() == 2);  // one was asked for, one waits
  Client& second = bench.get();
  CHECK(second.hit());
  bench.run_until_told(5);  // two for two
  CHECK(children().size() == 4);
  bench.finish(first);
  bench.finish(second);
  CHECK(children().size() == 2);
  CHECK(bench.get().hit());
}

TEST_CASE("each kind has machines of its own") {
  PoolBench bench({.size = 2});
  bench.get(kSmall);
  bench.get(kOther);
  bench.run_until_told(6);  // of each a template, one that was asked for, and one that waits
  CHECK(bench.get(kSmall).hit());
  CHECK(bench.get(kOther).hit());
}

TEST_CASE("a kind that nobody asks for any more makes room") {
  PoolBench bench({.size = 1});
  Client& first = bench.get(kSmall);
  bench.run_until_told(3);
  const pid_t idle = idle_machine(first);
  Client& other = bench.ask(kOther);
  bench.run_until_dead(idle);
  bench.run_until([&] { return other.has_machine(); });
  CHECK_FALSE(other.hit());
}

TEST_CASE("when nobody will ask any more, machines that wait are let go") {
  PoolBench bench({.size = 1});
  Client& client = bench.get();
  bench.run_until_told(3);
  const pid_t idle = idle_machine(client);
  bench.pool.expect_at_most(5);  // that many may still come
  CHECK(children().size() == 2);
  bench.pool.expect_at_most(0);
  bench.run_until_dead(idle);
  bench.finish(client);
  CHECK(client.is_done());
  CHECK(bench.told == 3);  // and no other was launched
}

TEST_CASE("machines whose parts are stale are let go, and none is launched ahead of them") {
  PoolBench bench({.size = 1});
  Client& client = bench.get();
  bench.run_until_told(3);
  const pid_t idle = idle_machine(client);
  bench.host.parts.stale = true;
  bench.pool.expect_at_most(5);  // has it look
  bench.run_until_dead(idle);
  bench.finish(client);
  CHECK(bench.told == 3);
}

TEST_CASE("a pool of size 0 launches what is asked for, and nothing ahead") {
  for (const bool snapshots : {true, false}) {
    PoolBench bench({.size = 0, .snapshots = snapshots});
    Client& client = bench.get();
    REQUIRE(client.has_machine());
    CHECK_FALSE(client.hit());
    CHECK(client.machine().restored() == snapshots);
    CHECK(children() == std::vector<pid_t>{client.machine().pid()});
    const int launched = snapshots ? 2 : 1;
    bench.run_until_told(launched);
    bench.finish(client);
    CHECK(bench.told == launched);
  }
}

TEST_CASE("without snapshots machines boot, and wait as others do") {
  PoolBench bench({.size = 1, .snapshots = false});
  CHECK_FALSE(bench.get().machine().restored());
  bench.run_until_told(2);
  CHECK(bench.get().hit());
  CHECK(bench.troubles.empty());
}

TEST_CASE("a claim that was withdrawn gets nothing, and its machine is the next one's") {
  PoolBench bench({.size = 1});
  Client& withdrawn = bench.ask();
  withdrawn.withdraw();
  bench.run_until_told(2);
  Client& next = bench.get();
  CHECK(next.hit());
  CHECK_FALSE(withdrawn.has_machine());
  CHECK_FALSE(withdrawn.has_failed());
}

TEST_CASE("a machine for a claim that was withdrawn is let go where none should wait") {
  PoolBench bench({.size = 0, .snapshots = false});
  bench.ask().withdraw();
  const auto pids = children();
  REQUIRE(pids.size() == 1);
  bench.run_until_dead(pids[0]);
}

TEST_CASE("those who wait are served in their order") {
  PoolBench bench({.size = 0});
  std::vector<Client*> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(&bench.ask());
  for (std::size_t i = 0; i < 3; ++i) {
    bench.run_until([&] { return clients[i]->has_machine(); });
    for (std::size_t later = i + 1; later < 3; ++later) {
      if (clients[later]->has_machine()) CHECK(clients[i]->has_machine());
    }
  }
}

TEST_CASE("a machine that dies while it waits is replaced, and never handed out") {
  PoolBench bench({.size = 1});
  Client& client = bench.get();
  bench.run_until_told(3);
  const pid_t dead = idle_machine(client);
  REQUIRE(::kill(dead, SIGKILL) == 0);
  bench.run_until_told(4);
  Client& next = bench.get();
  CHECK(next.hit());
  CHECK(next.machine().pid() != dead);
  CHECK(bench.troubles.empty());
}

TEST_CASE("a machine that fails on its way fails the claim that waits for it, and no other") {
  PoolBench bench({.size = 0, .snapshots = false}, "once-boot-fails");
  Client& first = bench.get();
  REQUIRE(first.has_failed());
  CHECK(first.failure().failure == MachineFailure::boot_failed);
  CHECK(first.failure().process.has_value());
  CHECK(bench.get().has_machine());
}

// Both answers come in one read, so the machine is condemned before anybody was told that it is ready.
TEST_CASE("a machine that fails as it becomes ready is handed to nobody, and its claim fails") {
  PoolBench bench({.size = 0, .snapshots = false}, "once-acks-twice");
  Client& first = bench.get();
  REQUIRE(first.has_failed());
  CHECK(first.failure().failure == MachineFailure::agent_lied);
  CHECK(bench.get().has_machine());
}

TEST_CASE("machines that fail are not launched ahead again and again") {
  PoolBench bench({.size = 1, .snapshots = false}, "exits");
  CHECK(bench.get().has_failed());
  for (const pid_t pid : children()) bench.run_until_dead(pid);
  bench.run_turns(10);  // to be collected, and replaced
  CHECK(children().empty());
  CHECK(bench.get().has_failed());  // but when somebody asks
}

TEST_CASE("a machine that cannot be made fails its claim") {
  PoolBench bench({.size = 0, .snapshots = false});
  bench.host.add_disk();
  bench.host.image.overlay.size_bytes = 1000;  // it is shorter
  Client& client = bench.get();
  REQUIRE(client.has_failed());
  CHECK(client.failure().failure == MachineFailure::launch_failed);
  CHECK(contains(client.failure().detail, "shorter than expected"));
}

TEST_CASE("a machine that cannot be restored speaks against its template: others boot") {
  struct Case {
    std::string trick;
    MachineFailure failure;
  };
  const Case kCases[] = {
      {"exits-in-load", MachineFailure::vmm_exited},
      {"fails-to-load", MachineFailure::qmp_failed},
      {"ready-after-restore", MachineFailure::agent_lied},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.trick);
    PoolBench bench({.size = 0}, c.trick);
    Client& first = bench.get();
    REQUIRE(first.has_failed());
    CHECK(to_string(first.failure().failure) == to_string(c.failure));
    CHECK(TemplateStore(bench.host.home()).list().empty());
    REQUIRE(bench.troubles.size() == 1);
    CHECK(contains(bench.troubles[0], "could not be restored"));
  }
}

TEST_CASE("a QEMU that cannot be executed does not speak against the template") {
  PoolBench bench({.size = 0});
  bool built = false;
  bench.templates.get(bench.host.parts, kSmall, [&](Result<TemplateCache::Shared> got) {
    built = got.ok();
    bench.noted();
  });
  bench.run_until([&] { return built; });
  const std::string works = std::exchange(bench.host.parts.vmm.qemu, "/etc/passwd");
  Client& failed = bench.get();
  REQUIRE(failed.has_failed());
  CHECK(failed.failure().failure == MachineFailure::launch_failed);
  CHECK(contains(failed.failure().stderr_tail, "/etc/passwd: Permission denied"));
  CHECK(bench.troubles.empty());
  CHECK(TemplateStore(bench.host.home()).list().size() == 1);
  bench.host.parts.vmm.qemu = works;
  CHECK(bench.get().machine().restored());
}

TEST_CASE("after a failed restore the machines of that kind boot") {
  constexpr int kRestored = 2;  // the first claim's, and the one launched ahead with it
  PoolBench bench({.size = 1}, "exits-in-load");
  Client* client = &bench.get();
  CHECK(client->has_failed());
  for (int i = 0; i < kRestored && client->has_failed(); ++i) client = &bench.get();
  REQUIRE(client->has_machine());
  CHECK_FALSE(client->machine().restored());
  CHECK(bench.troubles.size() == 1);
}

TEST_CASE("a restore that is only slow keeps its template for later") {
  PoolBench bench({.size = 0}, "silent-load");
  bool built = false;
  bench.templates.get(bench.host.parts, kSmall, [&](Result<TemplateCache::Shared> got) {
    built = got.ok();
    bench.noted();
  });
  bench.run_until([&] { return built; });
  bench.host.parts.boot_timeout = 50 * kMillisecond;
  Client& client = bench.get();
  REQUIRE(client.has_failed());
  CHECK(client.failure().failure == MachineFailure::boot_timeout);
  CHECK(bench.troubles.size() == 1);
  CHECK(TemplateStore(bench.host.home()).list().size() == 1);
}

TEST_CASE("without a template machines boot, and the reason is told once") {
  PoolBench bench({.size = 2}, "refuses-migrate");
  Client& first = bench.get();
  REQUIRE(first.has_machine());
  CHECK_FALSE(first.machine().restored());
  CHECK_FALSE(bench.get().machine().restored());
  REQUIRE(bench.troubles.size() == 1);
  CHECK(contains(bench.troubles[0], "machines boot instead"));
  CHECK(contains(bench.troubles[0], "not migratable"));
}

TEST_CASE("a machine that was launched ahead is exercised, one that is waited for is not") {
  PoolBench bench({.size = 1}, "tells-exercise");
  bench.host.add_disk();
  bench.host.image.exercise = "true";
  Client& client = bench.get();
  bench.run_until_told(2);  // the first time by the template's machine, whose last command is like an exercise
  CHECK(children().size() == 2);
  bench.finish(client);
  bench.close();
  CHECK(bench.told == 2);
}

TEST_CASE("a machine on its way is not exercised when somebody comes to wait for it") {
  PoolBench bench({.size = 1, .snapshots = false}, "silent-exercise");  // it would never come
  bench.host.add_disk();
  bench.host.image.exercise = "true";
  Client& first = bench.ask();   // one is launched for it, and one ahead
  Client& second = bench.ask();  // which this one gets
  CHECK(children().size() == 2);
  bench.run_until([&] { return first.has_machine() && second.has_machine(); });
  CHECK_FALSE(second.hit());
}

TEST_CASE("closing waits for every machine, those on their way, too") {
  PoolBench bench({.size = 4, .snapshots = false, .most_launching_ahead = 4}, "tells");
  Client& client = bench.get();
  bench.get();
  bench.finish(client);
  bench.run_until([] { return children().size() > 1; });  // the other client's, and more
  bench.close();
}

TEST_CASE("closing gives up a template that is being built, and the claim for it") {
  PoolBench bench({.size = 1}, "silent-boot");
  Client& client = bench.ask();
  bench.run_until_told(1);
  bench.close();
  CHECK_FALSE(client.has_machine());
}

TEST_CASE("closing a pool that was never used is done in the next turn") {
  PoolBench bench({.size = 2});
  bench.close();
}

TEST_CASE("closing a pool whose first machines are on their way") {
  PoolBench bench({.size = 2, .snapshots = false});
  bench.ask();
  CHECK(children().size() == 2);  // one is waited for, one is launched ahead
  bench.close();
}

}  // namespace
}  // namespace mayfly::test
