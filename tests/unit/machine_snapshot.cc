// SPDX-License-Identifier: Apache-2.0
// Saving a machine, and restoring others from what it left.
#include <sys/stat.h>

#include "machine_owner.h"

namespace mayfly::test {
namespace {

struct Case {
  std::string trick;
  MachineFailure failure;
  std::string said;
};

// Saves a machine; what is left is the owner's memory, state and token.
void save(Owner& owner) {
  owner.on_ready = [&](Machine& m) {
    m.claim(owner);
    owner.token = m.token();
    m.save();
  };
  owner.boot_savable();
  owner.run();
}

std::int64_t size_of(const Fd& fd) {
  struct stat s {};
  REQUIRE(::fstat(fd.get(), &s) == 0);
  return s.st_size;
}

TEST_CASE("a machine that was saved is gone, and its state is whole") {
  Owner owner;
  save(owner);
  CHECK(owner.log ==
        " launching negotiating loading booting exercising ready! running saving killing reaping released");
  CHECK(owner.saved);
  CHECK(owner.end.failure == MachineFailure::none);
  CHECK(size_of(owner.state) > 0);
}

TEST_CASE("a machine that cannot be saved says so") {
  const Case kCases[] = {
      {"refuses-getfd", MachineFailure::qmp_failed, "no descriptor"},
      {"refuses-migrate", MachineFailure::qmp_failed, "not migratable"},
      {"fails-to-save", MachineFailure::qmp_failed, "could not write the snapshot"},
      {"exits-in-save", MachineFailure::vmm_exited, "status 1"},
      {"speaks-while-saved", MachineFailure::agent_lied, "out of turn"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.trick);
    Owner owner(c.trick);
    save(owner);
    CHECK_FALSE(owner.saved);
    CHECK(to_string(owner.end.failure) == to_string(c.failure));
    CHECK(contains(owner.end.detail, c.said));
  }
}

TEST_CASE("a save that never ends is ended by the owner") {
  Owner owner("silent-save");
  owner.host.on_told([&] { owner.machine->kill(); });
  save(owner);
  CHECK_FALSE(owner.saved);
  CHECK(owner.end.failure == MachineFailure::none);
}

TEST_CASE("a restored machine is ready without booting, under a name and a token of its own") {
  Owner owner;
  save(owner);
  for (int i = 0; i < 2; ++i) {  // any number of times
    owner.on_ready = [&](Machine& m) {
      CHECK(m.restored());
      CHECK(m.token() != owner.token);
      m.claim(owner);
      m.send(program("show"));
    };
    std::string shown;
    owner.on_reply = [&](Machine& m, const Reply& reply) {
      if (const auto* stream = std::get_if<StreamReply>(&reply.body)) shown += stream->data;
      if (std::holds_alternative<ExitReply>(reply.body)) m.kill();
    };
    owner.restore();
    const MachineEnd end = owner.run();
    CHECK(end.failure == MachineFailure::none);
    CHECK(owner.log == " launching negotiating loading booting exercising ready! running killing reaping released");
    CHECK(contains(shown, "host m2 token 64 entropy 64"));
    CHECK(end.console_tail.empty());  // nothing has booted
  }
}

TEST_CASE("a restored machine is exercised, too") {
  Owner owner;
  save(owner);
  owner.on_ready = [](Machine& m) { m.kill(); };
  owner.restore([](MachineConfig& config) {
    config.exercise = throw_away("exit");
    config.exercise->args = {"3"};
  });
  CHECK(owner.run().failure == MachineFailure::none);
  CHECK(contains(owner.log, "ready!"));
}

TEST_CASE("a machine that cannot be restored says so, and is never ready") {
  const Case kCases[] = {
      {"exits-in-load", MachineFailure::vmm_exited, "status 1"},
      {"refuses-load", MachineFailure::qmp_failed, "no such device"},
      {"fails-to-load", MachineFailure::qmp_failed, "could not load the snapshot"},
      {"loads-twice", MachineFailure::qmp_failed, "migration"},
      {"ready-after-restore", MachineFailure::agent_lied, "out of turn"},
      {"resets-after-restore", MachineFailure::guest_reset, "panicked or rebooted"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.trick);
    Owner owner(c.trick);
    save(owner);
    REQUIRE(owner.saved);
    owner.on_ready = [](Machine& m) { m.kill(); };
    owner.restore();
    CHECK(to_string(owner.run().failure) == to_string(c.failure));
    CAPTURE(owner.end.detail);
    CHECK(contains(owner.end.detail, c.said));
    CHECK_FALSE(contains(owner.log, "ready"));
  }
}

TEST_CASE("a load that never ends runs into the time-out") {
  Owner owner("silent-load");
  save(owner);
  owner.restore([](MachineConfig& config) { config.boot_timeout = 50 * kMillisecond; });
  CHECK(owner.run().failure == MachineFailure::boot_timeout);
}

TEST_CASE("a restored guest that does not know the snapshot's token is a failure") {
  Owner owner;
  save(owner);
  owner.token = "another";
  owner.restore();
  const MachineEnd end = owner.run();
  CHECK(end.failure == MachineFailure::boot_failed);
  CHECK(contains(end.detail, "wrong token"));
}

TEST_CASE("a snapshot whose parts do not belong together is a failure") {
  Owner owner;
  save(owner);
  owner.memory = *memory_file("memory", 1 << 20);
  owner.restore();
  CHECK(owner.run().failure == MachineFailure::vmm_exited);
}

TEST_CASE("QEMU tells of a migration that nobody asked for") {
  const Case kCases[] = {
      {"migrated-before-time", MachineFailure::qmp_failed, "migration"},
      {"migrated-after-time", MachineFailure::qmp_failed, "migration"},
      {"fails-unasked", MachineFailure::qmp_failed, "snapshot"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.trick);
    Owner owner(c.trick);
    owner.on_ready = [&](Machine& m) {
      m.claim(owner);
      m.send(program("true"));
    };
    CHECK(to_string(owner.run().failure) == to_string(c.failure));
    CAPTURE(owner.end.detail);
    CHECK(contains(owner.end.detail, c.said));
  }
}

}  // namespace
}  // namespace mayfly::test
