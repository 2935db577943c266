// SPDX-License-Identifier: Apache-2.0
#include "jail/uid_range.h"

#include "helpers.h"

namespace mayfly::test {
namespace {

TEST_CASE("uids: a range by default that directory services and systemd leave alone, with one for each pid") {
  const UidRange range;
  CHECK(range.of(1) == 2013265921);
  CHECK_FALSE(range.has(2'000'200'000));                   // the last of SSSD
  CHECK_FALSE(range.has(2'147'352'576));                   // systemd's foreign ones
  CHECK(range.has(range.of(4'194'303)));
  CHECK(range.check_size(4'194'304));
}

TEST_CASE("uids: a range as it is written, and what is none") {
  const auto range = UidRange::parse("100000:65536");
  REQUIRE(range);
  CHECK(range->has(100'000));
  CHECK(range->has(165'535));
  CHECK_FALSE(range->has(165'536));
  CHECK_FALSE(range->has(99'999));
  CHECK(range->check_size(32'768));
  const auto small = range->check_size(4'194'304);
  CHECK(contains(message_of(small), "65536 uids is too small"));
  CHECK(contains(small.error().hint(), "kernel.pid_max=65536"));
  for (const char* wrong : {"", ":", "100000", "100000:", ":5", "a:b", "100000:-1", "100000:0", "1000:100", "65535:10", "4294967290:10", "100000:65536:1",
                            "100000: 5", "18446744073709551616:1"}) {
    CHECK_MESSAGE(!UidRange::parse(wrong), wrong);
  }
  CHECK(UidRange::parse("4294967285:10"));  // up to 4294967294
}

TEST_CASE("uids: a line of /etc/subuid that has some of them is found") {
  const UidRange range{100'000, 1'000};
  CHECK(range.overlaps_subordinate("alice:100000:65536\n"));
  CHECK(range.overlaps_subordinate("# none\nalice:500000:65536\nbob:99000:1001"));
  CHECK_FALSE(range.overlaps_subordinate("alice:101000:65536\nbob:99000:1000\n"));
  CHECK_FALSE(range.overlaps_subordinate("alice:x:65536\nalice\n:\n\nalice:100000"));
}

}  // namespace
}  // namespace mayfly::test
