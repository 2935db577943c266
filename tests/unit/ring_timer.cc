// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <vector>

#include "helpers.h"
#include "ring/stream.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

TEST_CASE("timers expire in the order of their deadlines, not of their start") {
  auto ring = open_ring();
  std::vector<int> order;
  Timer last(*ring, [&] {
    order.push_back(3);
    ring->stop();
  });
  Timer first(*ring, [&] { order.push_back(1); });
  Timer second(*ring, [&] { order.push_back(2); });
  last.start(3 * kMillisecond);
  first.start(kMillisecond);
  second.start(2 * kMillisecond);
  REQUIRE(ring->run());
  CHECK(order == std::vector<int>{1, 2, 3});
  CHECK_FALSE(first.running());
}

TEST_CASE("a stopped timer does not expire, even when both were due at once") {
  auto ring = open_ring();
  bool expired = false;
  Timer victim(*ring, [&] { expired = true; });
  Timer killer(*ring, [&] { victim.stop(); });
  Timer end(*ring, [&] { ring->stop(); });
  killer.start(-2);
  victim.start(-1);
  end.start(0);
  REQUIRE(ring->run());
  CHECK_FALSE(expired);
}

TEST_CASE("the clock of a paused timer stands still; stopped, it does not go on") {
  auto ring = open_ring();
  bool expired = false;
  Timer paused(*ring, [&] { expired = true; });
  Timer again(*ring, [&] { ring->stop(); });
  Timer end(*ring, [&] {
    CHECK_FALSE(expired);
    again.resume();
  });
  paused.start(0);
  paused.pause();
  CHECK_FALSE(paused.running());
  paused.stop();
  paused.resume();
  CHECK_FALSE(paused.running());
  again.start(0);
  again.pause();
  end.start(kMillisecond);
  REQUIRE(ring->run());
  CHECK_FALSE(expired);
}

TEST_CASE("a timer may destroy another one that is due") {
  auto ring = open_ring();
  bool expired = false;
  auto victim = std::make_unique<Timer>(*ring, [&] { expired = true; });
  Timer killer(*ring, [&] { victim.reset(); });
  Timer end(*ring, [&] { ring->stop(); });
  killer.start(-2);
  victim->start(-1);
  end.start(0);
  REQUIRE(ring->run());
  CHECK_FALSE(expired);
}

TEST_CASE("a timer may destroy itself in its callback") {
  auto ring = open_ring();
  std::unique_ptr<Timer> timer;
  const std::string tag = "still here";
  std::string seen;
  timer = std::make_unique<Timer>(*ring, [&, tag] {
    timer.reset();
    seen = tag;  // the callback's own captures outlive it
    ring->stop();
  });
  timer->start(0);
  REQUIRE(ring->run());
  CHECK(seen == "still here");
}

TEST_CASE("starting again moves the deadline and does not add one") {
  auto ring = open_ring();
  int expiries = 0;
  Timer timer(*ring, [&] { ++expiries; });
  Timer end(*ring, [&] { ring->stop(); });
  timer.start(3600 * kSecond);
  timer.start(0);
  end.start(kMillisecond);
  CHECK(timer.running());
  REQUIRE(ring->run());
  CHECK(expiries == 1);
}

TEST_CASE("a timer may start itself again in its callback") {
  auto ring = open_ring();
  int expiries = 0;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(*ring, [&] {
    if (++expiries == 3) return ring->stop();
    timer->start(0);
  });
  timer->start(0);
  REQUIRE(ring->run());
  CHECK(expiries == 3);
}

TEST_CASE("what came in while the loop was away is heard before a time-out counts") {
  auto ring = open_ring();
  auto pipe = make_pipe();
  REQUIRE(pipe);
  std::string order;
  Stream stream(*ring, std::move(pipe->first), {.on_bytes = [&](std::string_view bytes) { order += bytes; }});
  Timer timer(*ring, [&] {
    order += "timer";
    ring->stop();
  });
  stream.resume();
  timer.start(50 * kMillisecond);
  ring->defer([&] {
    ::usleep(400'000);
    CHECK(::write(pipe->second.get(), "word ", 5) == 5);
  });
  REQUIRE(ring->run());
  CHECK(order == "word timer");
  CHECK(ring->absent() >= 400 * kMillisecond);
}

}  // namespace
}  // namespace mayfly::test
