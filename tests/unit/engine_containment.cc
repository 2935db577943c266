// SPDX-License-Identifier: Apache-2.0
// A containment without a jail, as unit tests cannot count on one; tests/machine looks at the whole.
#include "engine/containment.h"

#include "engine_home.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

const Log kSilent(LogLevel::off);

// A containment as a host opens it.
struct Contained {
  explicit Contained(bool with_command = false) {
    if (with_command) home.settings.containment.incident_command = "cat >" + home / "told";
    auto enclosure = Enclosure::open(home.settings, home.settings.qemu, Kernel(), "unit-tests", kSilent);
    REQUIRE_MESSAGE(enclosure.ok(), enclosure.error().message());
    auto opened = Containment::open(*ring, *std::move(enclosure), home.settings.containment, kSilent);
    REQUIRE(opened);
    containment = *std::move(opened);
  }

  void tell_incident() {
    MachineParts parts;
    containment->add_to(parts);
    Incident incident;
    incident.path = "/bin/sh";
    parts.oversight.on_incident({incident, "m-1", "task-1", 7});
  }

  EngineHome home;
  std::unique_ptr<Ring> ring = open_ring();
  std::unique_ptr<Containment> containment;
};

TEST_CASE("without a jail the receipt says so, and QEMU's own sandbox is all there is") {
  Contained it;
  MachineParts parts;
  it.containment->add_to(parts);
  CHECK(parts.oversight.jail == nullptr);
  CHECK(parts.cgroups != nullptr);
  Isolation isolation;
  it.containment->add_to(isolation);
  CHECK(isolation.unsafe_no_jail);
  CHECK(isolation.jail == std::vector<std::string>{"sandbox"});
  CHECK_FALSE(it.containment->has("jail"));
  CHECK_FALSE(it.containment->has("kvm"));  // not a layer of its own
  CHECK(it.containment->has("bpf") == !isolation.bpf.empty());
  CHECK(it.containment->check_devices());
  CHECK(it.containment->leave_out_devices());
}

TEST_CASE("system calls cannot be watched without a jail's profile") {
  EngineHome home;
  home.settings.containment.watch_syscalls = true;
  const auto enclosure = Enclosure::open(home.settings, home.settings.qemu, Kernel(), "unit-tests", kSilent);
  CHECK(contains(message_of(enclosure), "--watch-syscalls"));
}

TEST_CASE("a profile that there is not is refused, with the way out") {
  EngineHome home;
  home.settings.containment.unsafe_no_jail = false;
  home.settings.containment.jail = "velvet";
  const auto enclosure = Enclosure::open(home.settings, home.settings.qemu, Kernel(), "unit-tests", kSilent);
  CHECK(contains(message_of(enclosure), "velvet"));
}

TEST_CASE("the file of incidents is opened before anything can happen") {
  EngineHome home;
  home.settings.containment.incidents = home / "no/such/folder";
  CHECK(contains(message_of(Enclosure::open(home.settings, home.settings.qemu, Kernel(), "unit-tests", kSilent)), "--incidents"));
}

TEST_CASE("an incident is kept, and its command runs; whoever winds up waits for its end") {
  Contained it(true);
  bool idle = false;
  it.containment->when_idle([&] { idle = true; });
  CHECK(idle);  // nothing has happened
  it.tell_incident();
  it.containment->when_idle([&] { it.ring->stop(); });
  REQUIRE(it.ring->run());
  const std::string kept = *read_file(it.home / "incidents.ndjson", 4096);
  CHECK(contains(kept, "\"task\":\"task-1\",\"line\":7"));
  CHECK(*read_file(it.home / "told", 4096) == kept);
  CHECK(has_no_children());
}

TEST_CASE("without a command there is nothing to wait for") {
  Contained it;
  it.tell_incident();
  bool idle = false;
  it.containment->when_idle([&] { idle = true; });
  CHECK(idle);
}

}  // namespace
}  // namespace mayfly::test
