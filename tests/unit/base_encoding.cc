// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.h"

#include "helpers.h"

namespace mayfly::test {
namespace {

TEST_CASE("base64: the vectors of RFC 4648") {
  const std::pair<std::string_view, std::string_view> kVectors[] = {
      {"", ""},           {"f", "Zg=="},         {"fo", "Zm8="},        {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& vector : kVectors) {
    CAPTURE(vector.first);
    CHECK(base64_encode(vector.first) == vector.second);
    CHECK(base64_decode(vector.second) == vector.first);
  }
}

TEST_CASE("base64: every byte value survives") {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  CHECK(base64_decode(base64_encode(all)) == all);
}

TEST_CASE("base64: strict about padding, alphabet, white space and trailing bits") {
  for (const std::string_view wrong :
       {"Z", "Zg", "Zg=", "Zm9", "Zg==Zg==", "Z===", "====", "=", "Zm=v", "Zg=v", "Zm9v\n",
        " Zm9v", "Zm 9", "Zm9-", "Zm9_", "Zh==", "Zm9=", "Zm9v=", "Zm\x80v"}) {
    CAPTURE(wrong);
    CHECK_FALSE(base64_decode(wrong).has_value());
  }
  CHECK_FALSE(base64_decode(std::string_view("Zm\0v", 4)).has_value());
}

TEST_CASE("UTF-8: the first and last of each length are well-formed") {
  for (const std::string_view good :
       {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "h\xc3\xa9llo \xe2\x82\xac"}) {
    CAPTURE(good);
    CHECK(is_utf8(good));
  }
  CHECK(is_utf8(std::string_view("\0", 1)));
}

TEST_CASE("UTF-8: overlong forms, surrogates, cut sequences and too large values are not") {
  for (const std::string_view bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xc2\xc2", "\xe0\x9f\xbf",
        "\xe0\xa0", "\xe2\x82", "\xe2\x82\x41", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
        "\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe", "\xff", "ok\xffok"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_utf8(bad));
  }
}

}  // namespace
}  // namespace mayfly::test
