// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <vector>

#include "helpers.h"

namespace mayfly::test {
namespace {

TEST_CASE("deferred tasks run in order, and may defer more") {
  auto ring = open_ring();
  std::vector<int> order;
  ring->defer([&] {
    order.push_back(1);
    ring->defer([&] {
      order.push_back(3);
      ring->stop();
    });
  });
  ring->defer([&] { order.push_back(2); });
  REQUIRE(ring->run());
  CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("a deferred task may destroy the object that deferred it") {
  auto ring = open_ring();
  auto timer = std::make_unique<Timer>(*ring, [] {});
  timer->start(3600 * kSecond);
  ring->defer([&] {
    timer.reset();
    ring->stop();
  });
  REQUIRE(ring->run());
  CHECK(timer == nullptr);
}

TEST_CASE("stop() before run() is not lost") {
  auto ring = open_ring();
  ring->stop();
  CHECK(ring->run());  // returns at once; would sleep for ever
}

TEST_CASE("a ring can run again") {
  auto ring = open_ring();
  for (int i = 0; i < 3; ++i) {
    bool ran = false;
    ring->defer([&] {
      ran = true;
      ring->stop();
      ring->stop();  // once more changes nothing
    });
    REQUIRE(ring->run());
    CHECK(ran);
  }
}

struct Counted : Op {
  Counted(int& count, int last, Ring& r) : done(count), wanted(last), ring(r) {}
  void complete(int, std::uint32_t) override {
    ++times;
    if (++done == wanted) ring.stop();
  }
  int times = 0;
  int& done;
  int wanted;
  Ring& ring;
};

TEST_CASE("more operations than the kernel's queues hold are done, each once") {
  constexpr int kMany = 5000;
  auto ring = open_ring();
  int done = 0;
  std::vector<std::unique_ptr<Counted>> ops;
  for (int i = 0; i < kMany; ++i) {
    ops.push_back(std::make_unique<Counted>(done, kMany, *ring));
    ring->nop(*ops.back());
  }
  REQUIRE(ring->run());
  for (const auto& op : ops) REQUIRE(op->times == 1);
}

struct Note : Op {
  Note(std::vector<int>& results, Ring& r) : out(results), ring(r) {}
  void complete(int result, std::uint32_t) override {
    out.push_back(result);
    ring.stop();
  }
  std::vector<int>& out;
  Ring& ring;
};

TEST_CASE("an operation completes with what its system call would return") {
  auto ring = open_ring();
  std::vector<int> results;
  Note op(results, *ring);
  char byte = 'x';
  ring->write(op, -1, &byte, 1);
  CHECK(op.in_flight());
  REQUIRE(ring->run());
  CHECK_FALSE(op.in_flight());
  auto [reader, writer] = pipe_ends();
  ring->write(op, writer.get(), &byte, 1);
  REQUIRE(ring->run());
  CHECK(results == std::vector<int>{-EBADF, 1});
}

TEST_CASE("cancelling ends an operation early, through its completion") {
  auto ring = open_ring();
  auto [reader, writer] = pipe_ends();
  std::vector<int> results;
  Note op(results, *ring);
  char byte = 0;
  ring->read(op, reader.get(), &byte, 1);
  ring->cancel(op);
  REQUIRE(ring->run());
  REQUIRE(results.size() == 1);
  CHECK((results[0] == -ECANCELED || results[0] == -EINTR));
}

TEST_CASE("a retired operation lives until the kernel has let go") {
  auto ring = open_ring();
  auto [reader, writer] = pipe_ends();
  std::vector<int> results;
  char byte = 0;
  auto op = std::make_unique<Note>(results, *ring);
  ring->read(*op, reader.get(), &byte, 1);
  ring->retire(std::move(op));
  REQUIRE(ring->run());
  CHECK(results.size() == 1);
}

TEST_CASE("closing the ring waits for retired operations") {
  auto [reader, writer] = pipe_ends();
  std::vector<int> results;
  char byte = 0;
  {
    auto ring = open_ring();
    auto op = std::make_unique<Note>(results, *ring);
    ring->read(*op, reader.get(), &byte, 1);
    ring->retire(std::move(op));
  }
  CHECK(results.size() == 1);
}

TEST_CASE("more operations than the queue holds are handed on in between") {
  auto ring = open_ring();
  constexpr int kMany = 1000;
  int done = 0;
  struct Count : Op {
    void complete(int, std::uint32_t) override {
      if (++*counter == kMany) owner->stop();
    }
    int* counter = nullptr;
    Ring* owner = nullptr;
  };
  std::vector<std::unique_ptr<Count>> ops;
  for (int i = 0; i < kMany; ++i) {
    ops.push_back(std::make_unique<Count>());
    ops.back()->counter = &done;
    ops.back()->owner = ring.get();
    ring->nop(*ops.back());
  }
  REQUIRE(ring->run());
  CHECK(done == kMany);
}

}  // namespace
}  // namespace mayfly::test
