// SPDX-License-Identifier: Apache-2.0
#include "ring/watch.h"

#include <poll.h>

#include "helpers.h"
#include "sys/process.h"

namespace mayfly::test {
namespace {

TEST_CASE("a watch on a pidfd tells that the process has ended") {
  auto ring = open_ring();
  auto process = Process::spawn({.path = "/bin/sh", .argv = {"sh", "-c", "exit 3"}});
  REQUIRE(process);
  Watch watch(*ring, process->pidfd(), POLLIN, [&] { ring->stop(); });
  REQUIRE(ring->run());
  const auto end = process->reap();
  REQUIRE(end);
  CHECK(end->status == 3);
}

TEST_CASE("a watch calls once, and again after rearm()") {
  auto ring = open_ring();
  auto [reader, writer] = pipe_ends();
  write_bytes_to(writer.get(), "x");  // readable for good: nobody reads it
  int calls = 0;
  std::unique_ptr<Watch> watch;
  watch = std::make_unique<Watch>(*ring, reader.get(), POLLIN, [&] {
    if (++calls == 2) return ring->stop();
    watch->rearm();
    watch->rearm();  // armed already: nothing more
  });
  REQUIRE(ring->run());
  ring->defer([&] { ring->defer([&] { ring->stop(); }); });
  REQUIRE(ring->run());
  CHECK(calls == 2);
}

TEST_CASE("a watch may be destroyed in its own callback") {
  auto ring = open_ring();
  auto [reader, writer] = pipe_ends();
  write_bytes_to(writer.get(), "x");
  std::unique_ptr<Watch> watch;
  const std::string tag = "still here";
  std::string seen;
  watch = std::make_unique<Watch>(*ring, reader.get(), POLLIN, [&, tag] {
    watch.reset();
    seen = tag;
    ring->stop();
  });
  REQUIRE(ring->run());
  CHECK(seen == "still here");
}

TEST_CASE("a destroyed watch does not call, though its event came") {
  auto ring = open_ring();
  auto [reader, writer] = pipe_ends();
  bool called = false;
  auto watch = std::make_unique<Watch>(*ring, reader.get(), POLLIN, [&] { called = true; });
  write_bytes_to(writer.get(), "x");
  watch.reset();
  ring->defer([&] { ring->defer([&] { ring->stop(); }); });
  REQUIRE(ring->run());
  CHECK_FALSE(called);
}

}  // namespace
}  // namespace mayfly::test
