// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <unistd.h>

#include "base/json.h"
#include "helpers.h"

namespace mayfly::test {
namespace {

// What `write` puts on stderr.
template <class Write>
std::string captured_stderr(Write write) {
  auto [reader, writer] = pipe_ends();
  const Fd saved(::dup(STDERR_FILENO));
  ::dup2(writer.get(), STDERR_FILENO);
  write();
  ::dup2(saved.get(), STDERR_FILENO);
  writer.reset();
  return read_to_end(reader.get());
}

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

TEST_CASE("log levels have names") {
  CHECK(parse_log_level("debug") == LogLevel::debug);
  CHECK(parse_log_level("off") == LogLevel::off);
  CHECK_FALSE(parse_log_level("loud").has_value());
  CHECK_FALSE(parse_log_level("").has_value());
}

TEST_CASE("the log writes what is at or above its threshold, one line each") {
  const Log log(LogLevel::info);
  const std::string text = captured_stderr([&] {
    log.debug("unseen");
    log.info("started");
    log.warning("two\nlines");
  });
  CHECK(text == "mayfly: started\nmayfly: warning: two\\x0alines\n");
}

TEST_CASE("a log that is off writes nothing") {
  CHECK(captured_stderr([] { Log(LogLevel::off).error("x"); }).empty());
}

TEST_CASE("the JSON log is JSON whatever the message holds") {
  const std::string line = captured_stderr([] { Log(LogLevel::info, true).error("a\"b\xff\x1b"); });
  const auto document = parse_json(line);
  REQUIRE(document);
  CHECK(as_view((*document)["level"]) == "error");
  CHECK(as_view((*document)["message"]) == "a\"b\\xff\\x1b");
  CHECK((*document)["time_ms"].IsInt64());
}

}  // namespace
}  // namespace mayfly::test
