// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "helpers.h"
#include "protocol/message.h"

namespace mayfly::test {
namespace {

template <class Body>
Body round_trip(const Body& body) {
  const std::string line = encode(Reply{42, body});
  REQUIRE(line.find('\n') == line.size() - 1);
  const auto decoded = decode_reply(std::string_view(line).substr(0, line.size() - 1));
  REQUIRE_MESSAGE(decoded.ok(), line);
  CHECK(decoded->id == 42);
  CHECK(encode(*decoded) == line);
  REQUIRE(std::holds_alternative<Body>(decoded->body));
  return std::get<Body>(decoded->body);
}

TEST_CASE("ready, ack and data go and come") {
  CHECK(round_trip(ReadyReply{"1.2"}).agent == "1.2");
  round_trip(AckReply{});
  const auto data = round_trip(DataReply{"\xff", true});
  CHECK(data.data == "\xff");
  CHECK(data.eof);
}

TEST_CASE("stream goes and comes for both outputs and any bytes") {
  for (const bool is_stderr : {false, true}) {
    for (const std::string text : {"plain\n", "\xc3", ""}) {
      const auto r = round_trip(StreamReply{is_stderr, text});
      CHECK(r.is_stderr == is_stderr);
      CHECK(r.data == text);
    }
  }
}

TEST_CASE("each kind of exit goes and comes") {
  const GuestUsage usage{1, 2, 3, 4, 5, 6};
  const auto code = round_trip(ExitReply{255, std::nullopt, false, false, usage});
  CHECK(code.code == 255);
  CHECK_FALSE(code.signal.has_value());
  CHECK(code.usage.cpu_ms == 1);
  CHECK(code.usage.user_ms == 2);
  CHECK(code.usage.system_ms == 3);
  CHECK(code.usage.mem_kb == 4);
  CHECK(code.usage.io_kb == 5);
  CHECK(code.usage.wall_ms == 6);
  CHECK(round_trip(ExitReply{std::nullopt, 9, false, true, usage}).out_of_memory);
  const auto late = round_trip(ExitReply{std::nullopt, std::nullopt, true, false, usage});
  CHECK(late.timed_out);
  CHECK_FALSE(late.code.has_value());
}

TEST_CASE("a limit that was exceeded goes and comes, with and without another ending") {
  for (const Limit limit : {Limit::cpu_ms, Limit::stdout_bytes, Limit::stderr_bytes}) {
    ExitReply exit;
    exit.exceeded = limit;
    CHECK(round_trip(exit).exceeded == limit);
    exit.code = 0;
    CHECK(round_trip(exit).exceeded == limit);
    CHECK(round_trip(exit).code == 0);
  }
  CHECK(to_string(Limit::stdout_bytes) == "stdout_bytes");
  CHECK_FALSE(round_trip(ExitReply{0, std::nullopt, false, false, {}}).exceeded.has_value());
}

TEST_CASE("each refusal goes and comes") {
  for (const Refusal reason : {Refusal::invalid, Refusal::token, Refusal::busy, Refusal::permission,
                               Refusal::not_found, Refusal::cannot_run, Refusal::failed}) {
    const auto r = round_trip(ErrorReply{reason, "why"});
    CHECK(r.reason == reason);
    CHECK(r.message == "why");
  }
  CHECK(to_string(Refusal::not_found) == "not_found");
}

TEST_CASE("an action's answer goes and comes in both shapes") {
  for (const bool wire : {false, true}) {
    const auto r = round_trip(ActionReply{true, "Linux", "\xff", 3, wire});
    CHECK(r.ok);
    CHECK(r.out == "Linux");
    CHECK(r.err == "\xff");
    CHECK(r.exit_code == 3);
    CHECK(r.wire_shape == wire);
  }
}

TEST_CASE("a reply without an id has none") {
  const auto reply = decode_reply(R"({"status":"ready","agent":"x"})");
  REQUIRE(reply);
  CHECK_FALSE(reply->id.has_value());
}

TEST_CASE("the lines as others write them are understood as they stand") {
  CHECK(decode_reply(R"({"stream":"stdout","data":"x"})"));
  CHECK(decode_reply(R"({"status":"exit","code":0,"usage":{"cpu_ms":1,"mem_kb":2,"io_kb":3}})"));
}

TEST_CASE("a full chunk of the worst bytes fits a line") {
  for (const char byte : {'\x01', '"', '\xff', 'a'}) {
    const Reply reply{std::numeric_limits<std::int64_t>::max(), StreamReply{true, std::string(kMaxChunk, byte)}};
    CHECK(encode(reply).size() <= kMaxChannelLine);
  }
}

TEST_CASE("each malformed reply names its field") {
  const Malformed kCases[] = {
      {"", "not JSON"},
      {"7", "must be an object"},
      {"{}", "'status' or 'stream' is missing"},
      {R"({"status":1})", "'status' must be a string"},
      {R"({"status":"done"})", "'status' is not one of"},
      {R"({"id":-1,"status":"ack"})", "'id' must be an integer"},
      {R"({"id":"1","status":"ack"})", "'id' must be an integer"},
      {R"({"status":"ack","extra":0})", "unknown field 'extra'"},
      {R"({"status":"ack","status":"ack"})", "'status' is given twice"},
      {R"({"status":"ready","agent":1})", "'agent' must be a string"},
      {R"({"stream":"stdlog","data":""})", "'stream' must be 'stdout' or 'stderr'"},
      {R"({"stream":1})", "'stream' must be a string"},
      {R"({"stream":"stdout","data":1})", "'data' must be a string"},
      {R"({"stream":"stdout","data_base64":"x"})", "'data_base64' is not base64"},
      {R"({"stream":"stdout","status":"exit","code":0})", "unknown field 'status', 'code'"},
      {R"({"status":"exit"})", "exactly one must be given"},
      {R"({"status":"exit","code":0,"signal":9})", "exactly one must be given"},
      {R"({"status":"exit","code":256})", "'code' must be an integer from 0 to 255"},
      {R"({"status":"exit","code":-1})", "'code' must be an integer from 0 to 255"},
      {R"({"status":"exit","signal":0})", "'signal' must be an integer from 1 to 64"},
      {R"({"status":"exit","signal":65})", "'signal' must be an integer from 1 to 64"},
      {R"({"status":"exit","code":0,"timed_out":1})", "'timed_out' must be true or false"},
      {R"({"status":"exit","code":0,"out_of_memory":1})", "'out_of_memory' must be true or false"},
      {R"({"status":"exit","exceeded":true})", "'exceeded' must be a string"},
      {R"({"status":"exit","exceeded":"patience"})", "'exceeded' is not one of"},
      {R"({"status":"exit","code":0,"signal":9,"exceeded":"cpu_ms"})", "exactly one must be given"},
      {R"({"status":"exit","code":0,"usage":1})", "'usage' must be an object"},
      {R"({"status":"exit","code":0,"usage":{"cpu_ms":-1}})", "'usage.cpu_ms' must be an integer"},
      {R"({"status":"exit","code":0,"usage":{"wall":1}})", "unknown field 'usage.wall'"},
      {R"({"status":"data","data":"x","eof":0})", "'eof' must be true or false"},
      {R"({"status":"data","data":[]})", "'data' must be a string"},
      {R"({"status":"result","ok":1})", "'ok' must be true or false"},
      {R"({"ok":1})", "'ok' must be true or false"},
      {R"({"ok":true,"exit_code":256})", "'exit_code' must be an integer"},
      {R"({"ok":true,"stdout":1})", "'stdout' must be a string"},
      {R"({"ok":true,"stderr_base64":"x"})", "'stderr_base64' is not base64"},
      {R"({"status":"error"})", "'reason' is missing"},
      {R"({"status":"error","reason":"moody"})", "'reason' is unknown"},
      {R"({"status":"error","reason":"failed","code":0})", "'code' must be an integer from -1 to -1"},
      {R"({"status":"error","reason":"failed","message":1})", "'message' must be a string"},
  };
  for (const Malformed& c : kCases) {
    CAPTURE(c.json);
    const std::string message = message_of(decode_reply(c.json));
    CAPTURE(message);
    CHECK(contains(message, c.said));
  }
}

}  // namespace
}  // namespace mayfly::test
