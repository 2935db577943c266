// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "helpers.h"

namespace mayfly::test {
namespace {

TEST_CASE("times of the world are written in UTC, to the microsecond") {
  CHECK(utc_time(0) == "1970-01-01T00:00:00.000000Z");
  CHECK(utc_time(1'774'078'577 * kSecond + 123'456'789) == "2026-03-21T07:36:17.123456Z");
  CHECK(utc_time(951'782'400 * kSecond) == "2000-02-29T00:00:00.000000Z");
}

}  // namespace
}  // namespace mayfly::test
