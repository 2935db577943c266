// SPDX-License-Identifier: Apache-2.0
#include "pool/admission.h"

#include "helpers.h"

namespace mayfly::test {
namespace {

constexpr std::int64_t kMib = 1 << 20;
constexpr std::int64_t kGib = 1 << 30;

constexpr const char* kMeminfo =
    "MemTotal:       24576000 kB\nMemFree:         1000000 kB\nMemAvailable:   20480000 kB\nBuffers: 5 kB\n";
constexpr const char* kPressure =
    "some avg10=1.25 avg60=50.00 avg300=0.00 total=123\nfull avg10=90.00 avg60=0.00 avg300=0.00 total=0\n";

TEST_CASE("the host's memory is read from its two texts") {
  const auto state = parse_memory_state(kMeminfo, kPressure);
  REQUIRE(state);
  CHECK(state->total_bytes == 24576000LL * 1024);
  CHECK(state->available_bytes == 20480000LL * 1024);
  CHECK(state->pressure == 1.25);
}

TEST_CASE("a kernel without PSI has no pressure") {
  for (const std::string text : {"", "full avg10=90.00\n", "some avg10=\n", "some avg10=x"}) {
    CAPTURE(text);
    const auto state = parse_memory_state(kMeminfo, text);
    REQUIRE(state);
    CHECK(state->pressure == 0);
  }
}

TEST_CASE("a meminfo without the two figures is an error") {
  for (const std::string text : {"", "MemTotal: 5 kB\n", "MemAvailable: 5 kB\n", "MemTotal:\nMemAvailable:\n",
                                 "MemTotal: many kB\nMemAvailable: 5 kB\n"}) {
    CAPTURE(text);
    CHECK(contains(message_of(parse_memory_state(text, kPressure)), "/proc/meminfo"));
  }
}

TEST_CASE("a machine is admitted where the host keeps its reserve") {
  struct Case {
    std::int64_t total, available;
    double pressure;
    std::int64_t wanted;
    int launching;
    bool admitted;
  };
  const Case kCases[] = {
      {16 * kGib, 8 * kGib, 0, kGib, 0, true},
      // The reserve is a twentieth: 1 GiB of 20.
      {20 * kGib, 2 * kGib, 0, kGib, 0, true},
      {20 * kGib, 2 * kGib - 1, 0, kGib, 0, false},
      // On a small host 256 MiB,
      {kGib, 512 * kMib, 0, 256 * kMib, 0, true},
      {kGib, 512 * kMib - 1, 0, 256 * kMib, 0, false},
      // on a large one 4 GiB.
      {1024 * kGib, 5 * kGib, 0, kGib, 0, true},
      {1024 * kGib, 5 * kGib - 1, 0, kGib, 0, false},
      // Those on their way have not yet taken what they will.
      {20 * kGib, 2 * kGib + 128 * kMib, 0, kGib, 2, true},
      {20 * kGib, 2 * kGib + 128 * kMib, 0, kGib, 3, false},
      // A host that waits for memory gets no more machines, however much it claims to have.
      {20 * kGib, 19 * kGib, 10, kGib, 0, true},
      {20 * kGib, 19 * kGib, 10.01, kGib, 0, false},
      {20 * kGib, 19 * kGib, 100, 0, 0, false},
      {20 * kGib, 0, 0, 0, 0, false},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.available);
    CAPTURE(c.pressure);
    CAPTURE(c.launching);
    CHECK(admits({c.total, c.available, c.pressure}, c.wanted, c.launching) == c.admitted);
  }
}

TEST_CASE("more is never admitted where less was not") {
  for (std::int64_t available = 0; available <= 4 * kGib; available += 256 * kMib) {
    for (int launching = 0; launching < 5; ++launching) {
      const MemoryState state{20 * kGib, available, 0};
      if (admits(state, 512 * kMib, launching)) continue;
      CHECK_FALSE(admits(state, 513 * kMib, launching));
      CHECK_FALSE(admits(state, 512 * kMib, launching + 1));
      CHECK_FALSE(admits({20 * kGib, available - 1, 0}, 512 * kMib, launching));
      CHECK_FALSE(admits({20 * kGib, available, 50}, 512 * kMib, launching));
    }
  }
}

TEST_CASE("this host's own memory can be read, again and again") {
  const auto memory = HostMemory::open();
  REQUIRE(memory);
  for (int i = 0; i < 2; ++i) {
    const auto state = memory->read();
    REQUIRE(state);
    CHECK(state->available_bytes > 0);
    CHECK(state->available_bytes <= state->total_bytes);
    CHECK(state->pressure >= 0);
  }
}

}  // namespace
}  // namespace mayfly::test
