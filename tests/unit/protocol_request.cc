// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "helpers.h"
#include "protocol/message.h"

namespace mayfly::test {
namespace {

std::string without_newline(std::string line) {
  REQUIRE(line.size() > 1);
  REQUIRE(line.back() == '\n');
  line.pop_back();
  REQUIRE(line.find('\n') == std::string::npos);
  return line;
}

// Encodes, decodes and encodes again: the same line. Returns what was decoded.
template <class Body>
Body round_trip(const Body& body) {
  const std::string line = encode(Request{42, "tok", body});
  const auto decoded = decode_request(without_newline(line));
  REQUIRE_MESSAGE(decoded.ok(), line);
  CHECK(decoded->id == 42);
  CHECK(decoded->token == "tok");
  CHECK(encode(*decoded) == line);
  REQUIRE(std::holds_alternative<Body>(decoded->body));
  return std::get<Body>(decoded->body);
}

TEST_CASE("resume goes and comes") {
  const std::string entropy("\xff\0z", 3);
  const auto r = round_trip(ResumeRequest{"new", "host-1", 1'700'000'000'000'000'000, entropy});
  CHECK(r.new_token == "new");
  CHECK(r.hostname == "host-1");
  CHECK(r.realtime_ns == 1'700'000'000'000'000'000);
  CHECK(r.entropy == entropy);
}

TEST_CASE("exec goes and comes, with and without permissions") {
  ExecRequest exec{"gcc", {"-o", "a b", "\""}, {{"A", "1"}, {"B", ""}}, "/w", 30000, true, {}};
  auto r = round_trip(exec);
  CHECK(r.bin == "gcc");
  CHECK(r.args == exec.args);
  CHECK(r.env == exec.env);
  CHECK(r.cwd == "/w");
  CHECK(r.timeout_ms == 30000);
  CHECK(r.stdin_open);
  CHECK_FALSE(r.permissions.has_value());
  exec.permissions.emplace();
  r = round_trip(exec);
  REQUIRE(r.permissions.has_value());
  CHECK(r.permissions->empty());
  exec.permissions->push_back("/bin/sh");
  CHECK(round_trip(exec).permissions == exec.permissions);
}

TEST_CASE("exec goes and comes with and without a user and a clock") {
  ExecRequest exec;
  exec.bin = "true";
  CHECK_FALSE(contains(encode(Request{1, "t", exec}), "user"));
  CHECK_FALSE(contains(encode(Request{1, "t", exec}), "realtime_ns"));
  CHECK_FALSE(round_trip(exec).user.has_value());
  CHECK(round_trip(exec).realtime_ns == 0);
  exec.realtime_ns = 1'700'000'000'123'456'789;
  for (const std::uint32_t user : {0U, 65534U, std::numeric_limits<std::uint32_t>::max() - 1}) {
    exec.user = user;
    CHECK(round_trip(exec).user == user);
    CHECK(round_trip(exec).realtime_ns == exec.realtime_ns);
  }
}

TEST_CASE("exec goes and comes with a sandbox, whose limits are absent where there is none") {
  ExecRequest exec;
  exec.bin = "true";
  CHECK_FALSE(contains(encode(Request{1, "t", exec}), "sandbox"));
  CHECK_FALSE(round_trip(exec).sandbox.has_value());
  exec.sandbox = Sandbox{"/work", 0, 0, 0, 0, 0, 0, false};
  CHECK(contains(encode(Request{1, "t", exec}), R"("sandbox":{"directory":"/work"})"));
  CHECK(round_trip(exec).sandbox->directory == "/work");
  CHECK_FALSE(round_trip(exec).sandbox->fresh);
  exec.sandbox = Sandbox{"/w", 1, 2, 3, 4, 5, 6, true, true};
  const Sandbox back = *round_trip(exec).sandbox;
  CHECK(back.processes == 1);
  CHECK(back.open_files == 2);
  CHECK(back.file_bytes == 3);
  CHECK(back.cpu_ms == 4);
  CHECK(back.stdout_bytes == 5);
  CHECK(back.stderr_bytes == 6);
  CHECK(back.fresh);
  CHECK(back.keep);
}

TEST_CASE("exec tells a program that is started before its task from others, also by an environment that is empty") {
  ExecRequest exec;
  exec.bin = "python3";
  CHECK_FALSE(round_trip(exec).prestart.has_value());
  exec.prestart.emplace();
  REQUIRE(round_trip(exec).prestart.has_value());
  CHECK(round_trip(exec).prestart->empty());
  exec.prestart->emplace("WAIT", "a=b");
  CHECK(round_trip(exec).prestart == exec.prestart);
}

TEST_CASE("stdin carries text or any bytes") {
  CHECK(round_trip(StdinRequest{"hello\n", false}).data == "hello\n");
  const std::string bytes("\xfe\0", 2);
  const auto r = round_trip(StdinRequest{bytes, true});
  CHECK(r.data == bytes);
  CHECK(r.eof);
}

TEST_CASE("signal, get and put go and come") {
  CHECK(round_trip(SignalRequest{15}).number == 15);
  round_trip(EndRequest{});
  const auto put = round_trip(PutRequest{"a/b", "/work", 0755, 131072, "\xff", true});
  CHECK(put.path == "a/b");
  CHECK(put.cwd == "/work");
  CHECK(put.mode == 0755);
  CHECK(put.offset == 131072);
  CHECK(put.data == "\xff");
  CHECK(put.eof);
  const auto get = round_trip(GetRequest{"/x", "/work", 7, kMaxChunk, 9, true});
  CHECK(get.path == "/x");
  CHECK(get.offset == 7);
  CHECK(get.max_bytes == kMaxChunk);
  CHECK(get.most_bytes == 9);
  CHECK(get.confined);
}

TEST_CASE("each action goes and comes in both shapes") {
  for (const Action action : {Action::ping, Action::uname, Action::id}) {
    for (const bool wire : {false, true}) {
      const auto r = round_trip(ActionRequest{action, wire});
      CHECK(r.action == action);
      CHECK(r.wire_shape == wire);
    }
  }
}

TEST_CASE("a full chunk of the worst bytes fits a line") {
  for (const char byte : {'\x01', '"', '\xff', 'a'}) {
    const std::string line = encode(Request{std::numeric_limits<std::int64_t>::max(), std::string(64, 'f'),
                                            StdinRequest{std::string(kMaxChunk, byte), false}});
    CHECK(line.size() <= kMaxChannelLine);
  }
}

TEST_CASE("the request as others write it is understood as it stands") {
  const auto r = decode_request(
      R"({"cmd":"exec","bin":"gcc","args":["x.c"],"env":{"A":"b"},"cwd":"/w","timeout":30000})");
  REQUIRE(r);
  CHECK(r->id == 0);
  CHECK(r->token.empty());
  CHECK(std::get<ExecRequest>(r->body).timeout_ms == 30000);
}

TEST_CASE("{token, action} asks for an action in the wire shape") {
  const auto r = decode_request(R"({"token":"t","action":"uname"})");
  REQUIRE(r);
  CHECK(std::get<ActionRequest>(r->body).wire_shape);
  CHECK(std::get<ActionRequest>(r->body).action == Action::uname);
}

TEST_CASE("each malformed request names its field") {
  const Malformed kCases[] = {
      {"{}", "'cmd' is missing"},
      {"[]", "must be an object"},
      {R"({"cmd":7})", "'cmd' must be a string"},
      {R"({"cmd":"dance"})", "'cmd' is not one of"},
      {R"({"cmd":"ping","id":-1})", "'id' must be an integer"},
      {R"({"cmd":"ping","id":1.5})", "'id' must be an integer"},
      {R"({"cmd":"ping","token":1})", "'token' must be a string"},
      {R"({"cmd":"ping","x":1})", "unknown field 'x'"},
      {R"({"cmd":"ping","cmd":"ping"})", "'cmd' is given twice"},
      {R"({"cmd":"ping","action":"ping"})", "unknown field 'action'"},
      {R"({"action":"dance"})", "'action' is not one of"},
      {R"({"action":1})", "'action' must be a string"},
      {R"({"cmd":"resume"})", "'new_token' is missing"},
      {R"({"cmd":"resume","new_token":"t","entropy":"?"})", "'entropy' is not base64"},
      {R"({"cmd":"resume","new_token":"t","realtime_ns":-1})", "'realtime_ns' must be an integer"},
      {R"({"cmd":"resume","new_token":"t","hostname":[]})", "'hostname' must be a string"},
      {R"({"cmd":"exec"})", "'bin' is missing"},
      {R"({"cmd":"exec","bin":null})", "'bin' must be a string"},
      {R"({"cmd":"exec","bin":"x","args":"y"})", "'args' must be an array"},
      {R"({"cmd":"exec","bin":"x","args":[1]})", "'args' must hold strings only"},
      {R"({"cmd":"exec","bin":"x","env":[]})", "'env' must be an object"},
      {R"({"cmd":"exec","bin":"x","env":{"A":1}})", "'A' does not"},
      {R"({"cmd":"exec","bin":"x","cwd":1})", "'cwd' must be a string"},
      {R"({"cmd":"exec","bin":"x","timeout":-1})", "'timeout' must be an integer"},
      {R"({"cmd":"exec","bin":"x","timeout":604800001})", "'timeout' must be an integer"},
      {R"({"cmd":"exec","bin":"x","stdin":"yes"})", "'stdin' must be true or false"},
      {R"({"cmd":"exec","bin":"x","user":-1})", "'user' must be an integer"},
      {R"({"cmd":"exec","bin":"x","user":4294967295})", "'user' must be an integer"},
      {R"({"cmd":"exec","bin":"x","user":"nobody"})", "'user' must be an integer"},
      {R"({"cmd":"exec","bin":"x","realtime_ns":-1})", "'realtime_ns' must be an integer"},
      {R"({"cmd":"exec","bin":"x","realtime_ns":1.5})", "'realtime_ns' must be an integer"},
      {R"({"cmd":"stdin","data":"x","user":0})", "unknown field 'user'"},
      {R"({"cmd":"exec","bin":"x","permissions":"all"})", "'permissions' must be an array"},
      {R"({"cmd":"exec","bin":"x","sandbox":true})", "'sandbox' must be an object"},
      {R"({"cmd":"exec","bin":"x","sandbox":{}})", "'sandbox.directory' is missing"},
      {R"({"cmd":"exec","bin":"x","sandbox":{"directory":1}})", "'sandbox.directory' must be a string"},
      {R"({"cmd":"exec","bin":"x","sandbox":{"directory":"/w","x":1}})", "unknown field 'sandbox.x'"},
      {R"({"cmd":"exec","bin":"x","sandbox":{"directory":"/w","processes":4194305}})", "'sandbox.processes' must be"},
      {R"({"cmd":"exec","bin":"x","sandbox":{"directory":"/w","open_files":1048577}})", "'sandbox.open_files' must be"},
      {R"({"cmd":"exec","bin":"x","sandbox":{"directory":"/w","file_bytes":-1}})", "'sandbox.file_bytes' must be"},
      {R"({"cmd":"exec","bin":"x","sandbox":{"directory":"/w","cpu_ms":0.5}})", "'sandbox.cpu_ms' must be"},
      {R"({"cmd":"exec","bin":"x","sandbox":{"directory":"/w","stdout_bytes":"1"}})", "'sandbox.stdout_bytes' must be"},
      {R"({"cmd":"exec","bin":"x","sandbox":{"directory":"/w","stderr_bytes":-1}})", "'sandbox.stderr_bytes' must be"},
      {R"({"cmd":"exec","bin":"x","user":1,"sandbox":{"directory":"/w"}})", "'user' and 'sandbox' exclude each other"},
      {R"({"cmd":"stdin","data":1})", "'data' must be a string"},
      {R"({"cmd":"stdin","data_base64":"!"})", "'data_base64' is not base64"},
      {R"({"cmd":"stdin","data":"x","data_base64":""})", "exclude each other"},
      {R"({"cmd":"stdin","eof":1})", "'eof' must be true or false"},
      {R"({"cmd":"signal"})", "'signal' is missing"},
      {R"({"cmd":"signal","signal":0})", "'signal' must be an integer from 1 to 64"},
      {R"({"cmd":"signal","signal":65})", "'signal' must be an integer from 1 to 64"},
      {R"({"cmd":"put"})", "'path' is missing"},
      {R"({"cmd":"put","path":"x","mode":4096})", "'mode' must be an integer"},
      {R"({"cmd":"put","path":"x","offset":-1})", "'offset' must be an integer"},
      {R"({"cmd":"get","max_bytes":1})", "'path' is missing"},
      {R"({"cmd":"get","path":"x"})", "'max_bytes' is missing"},
      {R"({"cmd":"get","path":"x","max_bytes":0})", "'max_bytes' must be an integer"},
      {R"({"cmd":"get","path":"x","max_bytes":131073})", "'max_bytes' must be an integer"},
  };
  for (const Malformed& c : kCases) {
    CAPTURE(c.json);
    const std::string message = message_of(decode_request(c.json));
    CAPTURE(message);
    CHECK(contains(message, c.said));
  }
}

}  // namespace
}  // namespace mayfly::test
