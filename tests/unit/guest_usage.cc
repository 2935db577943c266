// SPDX-License-Identifier: Apache-2.0
#include "guest/usage.h"

#include "helpers.h"

namespace mayfly::test {
namespace {

using namespace guest;

TEST_CASE("a flat file's value is found by its whole key") {
  const std::string_view text = "oom 3\noom_kill 2\noom_group_kill 1\n";
  CHECK(flat_value(text, "oom") == 3);
  CHECK(flat_value(text, "oom_kill") == 2);
  CHECK(flat_value(text, "kill") == std::nullopt);
  CHECK(flat_value("populated 0\nfrozen 0\n", "populated") == 0);
  CHECK(flat_value("populated", "populated") == std::nullopt);
  CHECK(flat_value("populated x\n", "populated") == std::nullopt);
  CHECK(flat_value("populated -1\n", "populated") == std::nullopt);
  CHECK(flat_value("", "populated") == std::nullopt);
}

TEST_CASE("I/O is summed over all devices") {
  const std::string_view text =
      "254:0 rbytes=1024 wbytes=4096 rios=1 wios=2 dbytes=0 dios=0\n"
      "254:16 rbytes=2048 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n";
  CHECK(nested_sum(text, "rbytes") == 3072);
  CHECK(nested_sum(text, "wbytes") == 4096);
  CHECK(nested_sum(text, "bytes") == 0);
  CHECK(nested_sum("254:0 \n", "rbytes") == 0);
  GuestUsage usage;
  add_io_stat(usage, text);
  CHECK(usage.io_kb == 7);
}

TEST_CASE("CPU times become milliseconds and the peak kilobytes") {
  GuestUsage usage;
  add_cpu_stat(usage, "usage_usec 5999\nuser_usec 4000\nsystem_usec 1999\nnr_periods 0\n");
  CHECK(usage.cpu_ms == 5);
  CHECK(usage.user_ms == 4);
  CHECK(usage.system_ms == 1);
  add_memory_peak(usage, "2097152\n");
  CHECK(usage.mem_kb == 2048);
  add_memory_peak(usage, "max\n");
  CHECK(usage.mem_kb == 2048);
}

}  // namespace
}  // namespace mayfly::test
