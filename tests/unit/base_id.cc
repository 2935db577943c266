// SPDX-License-Identifier: Apache-2.0
#include "base/id.h"

#include "base/clock.h"
#include "helpers.h"

namespace mayfly::test {
namespace {

TEST_CASE("an id is one safe path component") {
  for (const std::string_view good : {"a", "Z", "0", "a.b", "a..b", "line-7", "A_b-c.9"}) {
    CAPTURE(good);
    CHECK(is_valid_id(good));
  }
  for (const std::string_view bad :
       {"", ".", "..", ".hidden", "-flag", "_x", "a/b", "/", "a b", "a\n", "\xc3\xa9", "a:b", "a*"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_valid_id(bad));
  }
  CHECK_FALSE(is_valid_id(std::string_view("a\0b", 3)));
  CHECK(is_valid_id(std::string(kMaxIdLength, 'x')));
  CHECK_FALSE(is_valid_id(std::string(kMaxIdLength + 1, 'x')));
}

TEST_CASE("random bytes have the length asked for and do not repeat") {
  const auto a = random_bytes(32);
  const auto b = random_bytes(32);
  REQUIRE(a);
  REQUIRE(b);
  CHECK(a->size() == 32);
  CHECK(*a != *b);
  CHECK(random_hex(5)->size() == 10);
  CHECK(random_hex(5)->find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_CASE("hex is lower-case, two digits a byte") {
  CHECK(to_hex(std::string_view("\x00\x0f\xa0\xff", 4)) == "000fa0ff");
  CHECK(to_hex("").empty());
}

TEST_CASE("secrets compare by content") {
  CHECK(equal_secret("", ""));
  CHECK(equal_secret("token", "token"));
  CHECK_FALSE(equal_secret("token", "tokem"));
  CHECK_FALSE(equal_secret("uoken", "token"));
  CHECK_FALSE(equal_secret("token", "toke"));
  CHECK_FALSE(equal_secret("", "t"));
}

TEST_CASE("the monotonic clock does not go back") {
  const Nanoseconds before = monotonic_now();
  CHECK(monotonic_now() >= before);
  CHECK(realtime_now() > 1'600'000'000 * kSecond);  // some time after 2020
}

}  // namespace
}  // namespace mayfly::test
