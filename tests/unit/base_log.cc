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
