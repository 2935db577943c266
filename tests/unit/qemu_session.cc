// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "helpers.h"
#include "qemu/qmp_session.h"

namespace mayfly::test {
namespace {

// A session whose peer is the test; notes every call of its handlers.
struct Conversation {
  std::unique_ptr<Ring> ring = open_ring();
  std::pair<Fd, Fd> ends = sockets();
  int peer = ends.second.get();
  std::vector<std::string> calls;
  QmpSession session{*ring, std::move(ends.first),
                     {.on_greeting = [this] { note("greeting"); },
                      .on_event = [this](const QmpEvent& e) { note("event " + e.name); },
                      .on_closed = [this] { note("closed", true); },
                      .on_garbled = [this](const Error& e) { note("garbled " + e.message(), true); }}};

  void note(std::string call, bool last = false) {
    calls.push_back(std::move(call));
    if (last) ring->stop();
  }
  void hang_up() { ends.second.reset(); }
  void say(std::string_view bytes) { write_bytes_to(peer, bytes); }
  // Runs until the session is over.
  void run() { REQUIRE(ring->run()); }
};

using Calls = std::vector<std::string>;

TEST_CASE("a session tells greeting, events and the end, in order") {
  Conversation c;
  c.say("{\"QMP\":{}}\r\n{\"event\":\"RESUME\"}\n{\"event\":\"STOP\"}\n");
  c.hang_up();
  c.run();
  CHECK(c.calls == Calls{"greeting", "event RESUME", "event STOP", "closed"});
}

TEST_CASE("commands are answered in any order, and refusals are errors") {
  Conversation c;
  c.session.execute("cont", {}, [&](const Result<void>& r) { c.note(r ? "cont ok" : "cont no"); });
  c.session.execute("stop", {}, [&](const Result<void>& r) {
    c.note(r ? "stop ok" : "stop " + r.error().message());
  });
  c.say(R"({"error":{"desc":"busy"},"id":2})" "\n" R"({"return":{},"id":1})" "\n");
  REQUIRE(::shutdown(c.peer, SHUT_WR) == 0);
  c.run();
  CHECK(c.calls == Calls{"stop QMP: busy", "cont ok", "closed"});
  c.hang_up();
}

TEST_CASE("commands reach the peer as lines") {
  Conversation c;
  c.session.execute("qmp_capabilities", {}, [&](const Result<void>&) { c.ring->stop(); });
  c.say("{\"return\":{},\"id\":1}\n");
  c.run();
  char line[256];
  const ssize_t got = ::recv(c.peer, line, sizeof line, MSG_DONTWAIT);
  REQUIRE(got > 0);
  CHECK(std::string(line, static_cast<std::size_t>(got)) == "{\"execute\":\"qmp_capabilities\",\"id\":1}\n");
}

TEST_CASE("a descriptor goes with the command that names it") {
  Conversation c;
  auto [reader, writer] = pipe_ends();
  c.session.pass_descriptor("state", writer.get(),
                            [&](const Result<void>& r) { c.note(r ? "taken" : "refused", true); });
  c.say("{\"return\":{},\"id\":1}\n");
  c.run();
  CHECK(c.calls == Calls{"taken"});
  const auto [line, passed] = receive_descriptor(c.peer);
  CHECK(line == "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"state\"},\"id\":1}\n");
  write_bytes_to(passed.get(), "through");
  char text[16];
  CHECK(::read(reader.get(), text, sizeof text) == 7);
}

TEST_CASE("a descriptor that cannot be passed ends the conversation") {
  Conversation c;
  c.hang_up();
  c.session.pass_descriptor("state", 0, [&](const Result<void>&) { c.note("answered"); });
  REQUIRE(c.calls.size() == 1);
  CHECK(contains(c.calls[0], "garbled sendmsg: "));
}

TEST_CASE("an answer may execute the next command") {
  Conversation c;
  c.session.execute("first", {}, [&](const Result<void>&) {
    c.note("first");
    c.session.execute("second", {}, [&](const Result<void>&) { c.note("second", true); });
  });
  c.say("{\"return\":{},\"id\":1}\n{\"return\":{},\"id\":2}\n");
  c.run();
  CHECK(c.calls == Calls{"first", "second"});
}

TEST_CASE("garbage ends the conversation once, and what follows is not read") {
  Conversation c;
  c.say("{\"QMP\":{}}\nnonsense\n{\"event\":\"LATE\"}\nmore nonsense\n");
  c.run();
  REQUIRE(c.calls.size() == 2);
  CHECK(contains(c.calls[1], "garbled QMP: not JSON"));
}

TEST_CASE("an answer to no command is garbage") {
  for (const std::string line : {"{\"return\":{},\"id\":1}\n", "{\"return\":{}}\n", "{\"error\":{},\"id\":9}\n"}) {
    Conversation c;
    c.say(line);
    c.run();
    CHECK(c.calls == Calls{"garbled QMP: an answer to no command"});
  }
}

TEST_CASE("a second greeting is garbage") {
  Conversation c;
  c.say("{\"QMP\":{}}\n{\"QMP\":{}}\n");
  c.run();
  CHECK(c.calls == Calls{"greeting", "garbled QMP: a second greeting"});
}

TEST_CASE("the same command is not answered twice") {
  Conversation c;
  c.session.execute("cont", {}, [&](const Result<void>&) { c.note("ok"); });
  c.say("{\"return\":{},\"id\":1}\n{\"return\":{},\"id\":1}\n");
  c.run();
  CHECK(c.calls == Calls{"ok", "garbled QMP: an answer to no command"});
}

TEST_CASE("a line without an end is garbage at one mebibyte") {
  Conversation c;
  const std::string chunk(kMaxQmpLine, ' ');
  // The socket holds less than that, so it is written by the ring as well.
  Stream writer(*c.ring, std::move(c.ends.second), {});
  writer.write(chunk);
  c.run();
  CHECK(c.calls == Calls{"garbled QMP: a line is longer than 1 MiB"});
}

TEST_CASE("a cut line at the end of the connection is no message") {
  Conversation c;
  c.say("{\"QMP\":{}}");
  c.hang_up();
  c.run();
  CHECK(c.calls == Calls{"closed"});
}

}  // namespace
}  // namespace mayfly::test
