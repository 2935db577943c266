// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "helpers.h"
#include "base/line_splitter.h"

namespace mayfly::test {
namespace {

std::vector<std::string> drain(LineSplitter& lines) {
  std::vector<std::string> out;
  while (const auto line = lines.next()) out.emplace_back(*line);
  return out;
}

using Lines = std::vector<std::string>;

TEST_CASE("lines come out without their newline, empty ones too") {
  LineSplitter lines(100);
  lines.append("one\n\ntwo\nrest");
  CHECK(drain(lines) == Lines{"one", "", "two"});
  CHECK(lines.rest() == "rest");
  lines.append(" of it\n");
  CHECK(drain(lines) == Lines{"rest of it"});
  CHECK(lines.rest().empty());
}

TEST_CASE("it does not matter where the stream is cut") {
  const std::string text = "a\nbc\n\ndef\n";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      LineSplitter lines(100);
      Lines got;
      for (const auto& part : {text.substr(0, first), text.substr(first, second - first), text.substr(second)}) {
        lines.append(part);
        for (auto& line : drain(lines)) got.push_back(line);
      }
      CAPTURE(first);
      CAPTURE(second);
      CHECK(got == Lines{"a", "bc", "", "def"});
    }
  }
}

TEST_CASE("a line of the limit, newline included, passes; one byte more does not") {
  LineSplitter lines(4);
  lines.append("abc\n");
  CHECK(drain(lines) == Lines{"abc"});
  CHECK_FALSE(lines.overflowed());
  lines.append("abcd\n");
  CHECK(drain(lines).empty());
  CHECK(lines.overflowed());
}

TEST_CASE("a line without an end overflows as soon as it cannot fit") {
  LineSplitter lines(4);
  lines.append("abc");
  CHECK(drain(lines).empty());
  CHECK_FALSE(lines.overflowed());
  lines.append("d");
  CHECK(drain(lines).empty());
  CHECK(lines.overflowed());
}

TEST_CASE("whole lines before an overlong one are still handed out") {
  LineSplitter lines(4);
  lines.append("a\nb\ntoolong\nc\n");
  CHECK(drain(lines) == Lines{"a", "b"});
  CHECK(lines.overflowed());
}

TEST_CASE("after an overflow nothing comes and nothing is kept") {
  LineSplitter lines(4);
  lines.append("overlong");
  CHECK(drain(lines).empty());
  lines.append("\nok\n");
  CHECK(drain(lines).empty());
  CHECK(lines.overflowed());
  CHECK(lines.rest().empty());
}

TEST_CASE("the reader may go on behind a line that was too long") {
  LineSplitter lines(4);
  lines.append("overlong\nab\n");
  CHECK(drain(lines).empty());
  REQUIRE(lines.overflowed());
  lines.recover();
  CHECK(drain(lines) == Lines{"ab"});
  lines.append("very lo");
  CHECK(drain(lines).empty());
  REQUIRE(lines.overflowed());
  lines.recover();
  lines.append("ng inde");
  CHECK(drain(lines).empty());
  CHECK_FALSE(lines.overflowed());  // told once
  lines.append("ed\ncd\ne");
  CHECK(drain(lines) == Lines{"cd"});
  CHECK(lines.rest() == "e");
}

}  // namespace
}  // namespace mayfly::test
