// SPDX-License-Identifier: Apache-2.0
#include "engine/signals.h"

#include <unistd.h>

#include <csignal>
#include <vector>

#include "engine_bench.h"

namespace mayfly::test {
namespace {

TEST_CASE("signals come as calls on the loop, each that was sent") {
  const SignalMask mask;
  const auto ring = open_ring();
  std::vector<int> seen;
  const auto signals = Signals::open(*ring, [&](int signal) {
    seen.push_back(signal);
    if (seen.size() == 1) ::kill(::getpid(), SIGTERM);
    if (seen.size() == 2) ring->stop();
  });
  REQUIRE(signals);
  ::kill(::getpid(), SIGINT);
  REQUIRE(ring->run());
  CHECK(seen == std::vector<int>{SIGINT, SIGTERM});
}

}  // namespace
}  // namespace mayfly::test
