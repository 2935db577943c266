// SPDX-License-Identifier: Apache-2.0
#include "ring/sliced_work.h"

#include <poll.h>

#include <string>

#include "helpers.h"
#include "ring/watch.h"

namespace mayfly::test {
namespace {

TEST_CASE("work in slices is done slice by slice, to its end") {
  auto ring = open_ring();
  int slices = 0;
  const SlicedWork work(*ring, [&] {
    if (++slices < 5) return true;
    ring->stop();
    return false;
  });
  CHECK(slices == 0);  // not yet
  REQUIRE(ring->run());
  CHECK(slices == 5);
  ring->defer([&] { ring->stop(); });
  REQUIRE(ring->run());
  CHECK(slices == 5);  // and no more
}

TEST_CASE("completions are dispatched between slices") {
  auto ring = open_ring();
  auto [reader, writer] = pipe_ends();
  bool seen = false;
  Watch watch(*ring, reader.get(), POLLIN, [&] { seen = true; });
  int slices = 0;
  const SlicedWork work(*ring, [&, fd = writer.get()] {
    if (++slices == 1) write_bytes_to(fd, "x");
    if (seen) ring->stop();
    return !seen;  // would go on for ever if the loop stood still
  });
  REQUIRE(ring->run());
  CHECK(seen);
  CHECK(slices >= 2);
}

TEST_CASE("two works take turns") {
  auto ring = open_ring();
  std::string order;
  const auto writes = [&](char letter) {
    return [&order, &ring, letter, left = 3]() mutable {
      order += letter;
      if (order.size() == 6) ring->stop();
      return --left > 0;
    };
  };
  const SlicedWork a(*ring, writes('a'));
  const SlicedWork b(*ring, writes('b'));
  REQUIRE(ring->run());
  CHECK(order == "ababab");
}

TEST_CASE("work that is destroyed is not gone on with") {
  auto ring = open_ring();
  int slices = 0;
  SUBCASE("before its first slice") {
    { const SlicedWork work(*ring, [&] { return ++slices > 0; }); }
    ring->defer([&] { ring->stop(); });
    REQUIRE(ring->run());
    CHECK(slices == 0);
  }
  SUBCASE("by a slice of its own") {
    std::unique_ptr<SlicedWork> work;
    work = std::make_unique<SlicedWork>(*ring, [&] {
      ++slices;
      work.reset();
      ring->defer([&] { ring->defer([&] { ring->stop(); }); });
      return true;  // does not matter any more
    });
    REQUIRE(ring->run());
    CHECK(slices == 1);
  }
}

}  // namespace
}  // namespace mayfly::test
