// SPDX-License-Identifier: Apache-2.0
// Time-outs that count what a machine could have had, on figures of the test's own.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "machine/served_timer.h"
#include "machine_owner.h"

namespace mayfly::test {
namespace {

ServedTimes waited(Nanoseconds main, std::vector<Nanoseconds> vcpus) {
  ServedTimes times;
  times.servers.push_back({0, main});
  for (const Nanoseconds one : vcpus) times.vcpus.push_back({0, one});
  return times;
}

constexpr Nanoseconds kLong = 1000;

TEST_CASE("a machine was starved for what its threads waited one after the other, without its own quota's doing") {
  CHECK(starved_between(waited(0, {0}), waited(0, {7}), kLong) == 7);
  CHECK(starved_between(waited(100, {0, 5}), waited(103, {4, 6}), kLong) == 8);
  CHECK(starved_between(waited(0, {50}), waited(9, {50}), kLong) == 9);
  CHECK(starved_between({}, waited(1, {3}), kLong) == 4);  // no thread was there at first
  CHECK(starved_between(waited(9, {9}), waited(0, {0}), kLong) == 0);
  ServedTimes throttled = waited(0, {10});
  throttled.throttled = 4;
  CHECK(starved_between(waited(0, {0}), throttled, kLong) == 6);
  throttled.throttled = 40;
  CHECK(starved_between(waited(0, {0}), throttled, kLong) == 0);
}

TEST_CASE("a machine was not starved while a virtual processor of it ran, however many of its threads waited") {
  ServedTimes to = waited(900, {800, 700});
  to.vcpus[0].ran = 40;
  to.vcpus[1].ran = 300;
  CHECK(starved_between(waited(0, {0, 0}), to, kLong) == 700);
  CHECK(starved_between(waited(0, {0, 0}), to, 200) == 0);
}

TEST_CASE("virtual processors' time is that of all, or of the busiest") {
  ServedTimes from, to;
  from.vcpus = {{1, 0}, {10, 0}};
  to.vcpus = {{4, 0}, {30, 0}};
  CHECK(ran_between(from, to) == 23);
  CHECK(busiest_between(from, to) == 20);
  CHECK(ran_between(to, from) == 0);
}

TEST_CASE("threads are read by their names, and those of a process that has ended stay as they were") {
  const pid_t child = ::fork();
  if (child == 0) {
    std::ofstream("/proc/self/comm") << "CPU 0/TCG";
    volatile unsigned work = 0;
    for (unsigned i = 0; i < 300'000'000; ++i) work = work + i;
    ::pause();
  }
  ServedTimesReader reader(child, 1);
  while (reader.read().vcpus.empty() || reader.last().vcpus[0].ran == 0) ::usleep(1000);  // until it has its name, and a tick
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK(reader.read().vcpus.at(0).ran > 0);
  CHECK(reader.last().servers.at(0).ran > 0);
}

// A machine whose guest never comes, with a time-out of 20 ms, which waits for processors for 20 ms more in each of the first
// `rounds` readings.
struct Starved {
  explicit Starved(int rounds) : owner("silent-boot") {
    owner.boot([this, rounds](MachineConfig& config) {
      config.boot_timeout = 20 * kMillisecond;
      config.oversight.served_times = [this, rounds] { return waited(0, {std::min(readings++, rounds) * 20 * kMillisecond}); };
    });
  }
  int readings = 0;
  Owner owner;
};

TEST_CASE("what a machine waits for processors of the host does not count against it") {
  Starved starved(6);
  CHECK(starved.owner.run().failure == MachineFailure::boot_timeout);
  CHECK(starved.readings > 6);
}

TEST_CASE("a wait that is told late, when it ends, counts from when it began") {
  Owner owner("silent-boot");
  int readings = 0;
  owner.boot([&](MachineConfig& config) {
    config.oversight.served_times = [&] { return waited(0, {++readings < 3 ? 0 : readings == 3 ? 10 * kMillisecond : 160 * kMillisecond}); };
  });
  const Nanoseconds began = monotonic_now();
  auto timer = std::make_unique<ServedTimer>(owner.ring(), *owner.machine, ServedTimer::Handlers{
    .on_expiry = [&] { owner.machine->kill(); }, .on_overload = [] { FAIL("it was not starved for so long"); }});
  timer->start(150 * kMillisecond);
  owner.run();
  CHECK(monotonic_now() - began >= 300 * kMillisecond);
  timer.reset();
}

TEST_CASE("a machine that gets nothing is not waited for without end") {
  Owner owner("silent-boot");
  bool overloaded = false;
  Nanoseconds waits = 0;
  std::unique_ptr<ServedTimer> timer;
  owner.boot([&](MachineConfig& config) {
    config.oversight.served_times = [&] { return waited(0, {waits += kSecond}); };
  });
  timer = std::make_unique<ServedTimer>(owner.ring(), *owner.machine, ServedTimer::Handlers{
    .on_expiry = [] { FAIL("it had no time that could expire"); },
    .on_overload = [&] {
      overloaded = true;
      owner.machine->kill();
    }});
  timer->start(10 * kMillisecond, 30 * kMillisecond);
  owner.run();
  CHECK(overloaded);
  timer.reset();
}

}  // namespace
}  // namespace mayfly::test
