// SPDX-License-Identifier: Apache-2.0
#include "template/lock_wait.h"

#include <fcntl.h>
#include <sys/file.h>

#include <optional>

#include "helpers.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

struct Lock {
  TempDirectory directory;
  std::unique_ptr<Ring> ring = open_ring();

  // Each is an open file description of its own, as another process's would be.
  Fd open() const { return *open_file(directory / "lock", O_RDWR | O_CREAT); }
  bool is_free() const { return ::flock(open().get(), LOCK_EX | LOCK_NB) == 0; }
};

TEST_CASE("a lock that is free is had in the next turn") {
  Lock lock;
  std::optional<Fd> held;
  LockWait wait(*lock.ring, lock.open(), [&](Result<Fd> locked) {
    REQUIRE(locked);
    held = *std::move(locked);
    lock.ring->stop();
  });
  CHECK_FALSE(held.has_value());
  REQUIRE(lock.ring->run());
  REQUIRE(held.has_value());
  CHECK_FALSE(lock.is_free());
  held.reset();
  CHECK(lock.is_free());
}

TEST_CASE("a lock that another holds is waited for, and the loop goes on") {
  Lock lock;
  Fd other = lock.open();
  REQUIRE(::flock(other.get(), LOCK_EX) == 0);
  std::optional<Fd> held;
  LockWait wait(*lock.ring, lock.open(), [&](Result<Fd> locked) {
    REQUIRE(locked);
    held = *std::move(locked);
    lock.ring->stop();
  });
  lock.ring->defer([&] { lock.ring->defer([&] {
    CHECK_FALSE(held.has_value());
    other.reset();
  }); });
  REQUIRE(lock.ring->run());
  REQUIRE(held.has_value());
  CHECK_FALSE(lock.is_free());
}

TEST_CASE("who gives up gets nothing, and keeps the lock from nobody") {
  Lock lock;
  Fd other = lock.open();
  bool called = false;
  SUBCASE("while it is free") {}
  SUBCASE("while another holds it") { REQUIRE(::flock(other.get(), LOCK_EX) == 0); }
  { const LockWait wait(*lock.ring, lock.open(), [&](Result<Fd>) { called = true; }); }
  other.reset();
  lock.ring->defer([&] { lock.ring->stop(); });
  REQUIRE(lock.ring->run());
  CHECK_FALSE(called);
  CHECK(::flock(lock.open().get(), LOCK_EX) == 0);  // would wait for ever
}

TEST_CASE("the one who waits may be destroyed by the call that it waited for") {
  Lock lock;
  Fd other = lock.open();
  SUBCASE("at once") {}
  SUBCASE("later") { REQUIRE(::flock(other.get(), LOCK_EX) == 0); }
  std::unique_ptr<LockWait> wait;
  wait = std::make_unique<LockWait>(*lock.ring, lock.open(), [&](Result<Fd> locked) {
    CHECK(locked.ok());
    wait.reset();
    lock.ring->stop();
  });
  other.reset();
  REQUIRE(lock.ring->run());
  CHECK(wait == nullptr);
}

TEST_CASE("several wait for one lock, and each gets it") {
  Lock lock;
  int served = 0;
  std::vector<std::unique_ptr<LockWait>> waits;
  for (int i = 0; i < 4; ++i) {
    waits.push_back(std::make_unique<LockWait>(*lock.ring, lock.open(), [&](Result<Fd> locked) {
      REQUIRE(locked);
      CHECK_FALSE(lock.is_free());
      if (++served == 4) lock.ring->stop();
    }));  // and lets go of it
  }
  REQUIRE(lock.ring->run());
  CHECK(served == 4);
}

}  // namespace
}  // namespace mayfly::test
