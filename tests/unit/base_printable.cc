// SPDX-License-Identifier: Apache-2.0
#include "base/printable.h"

#include "helpers.h"

namespace mayfly::test {
namespace {

TEST_CASE("printable text stays as it is") {
  CHECK(printable("plain, h\xc3\xa9llo \xe2\x82\xac") == "plain, h\xc3\xa9llo \xe2\x82\xac");
  CHECK(printable("").empty());
}

TEST_CASE("control characters become visible") {
  CHECK(printable("a\nb\tc\x1b[31m\x7f") == "a\\x0ab\\x09c\\x1b[31m\\x7f");
  CHECK(printable(std::string_view("\0", 1)) == "\\x00");
}

TEST_CASE("C1 control characters move a cursor too, though they are UTF-8") {
  CHECK(printable("\xc2\x9b" "2J") == "\\xc2\\x9b2J");    // U+009B, CSI
  CHECK(printable("\xc2\x80\xc2\xa0") == "\\xc2\\x80\xc2\xa0");  // U+00A0 is only a space
}

TEST_CASE("broken UTF-8 becomes visible") {
  CHECK(printable("ok\xff") == "ok\\xff");
  CHECK(printable("\xc3\xa9\xff") == "\\xc3\\xa9\\xff");
}

TEST_CASE("what is shown of a long text ends between characters, and says that there was more") {
  CHECK(shown("short\n") == "short\\x0a");
  CHECK(shown(std::string(64, 'a')) == std::string(64, 'a'));
  CHECK(shown(std::string(63, 'a') + "\xc3\xa9") == std::string(63, 'a') + "…");
}

}  // namespace
}  // namespace mayfly::test
