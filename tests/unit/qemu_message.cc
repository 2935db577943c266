// SPDX-License-Identifier: Apache-2.0
#include "helpers.h"
#include "qemu/qmp_message.h"

namespace mayfly::test {
namespace {

template <class Message>
Message decoded(std::string_view line) {
  const auto message = decode_qmp(line);
  REQUIRE_MESSAGE(message.ok(), std::string(line));
  REQUIRE(std::holds_alternative<Message>(*message));
  return std::get<Message>(*message);
}

TEST_CASE("QMP: a greeting, whatever version it tells") {
  decoded<QmpGreeting>(R"({"QMP":{"version":{"qemu":{"micro":0,"minor":2,"major":7}},"capabilities":["oob"]}})");
  decoded<QmpGreeting>(R"({"QMP":null})");
}

TEST_CASE("QMP: returns and errors carry the command's id") {
  CHECK(decoded<QmpReturn>(R"({"return":{},"id":5})").id == 5);
  CHECK(decoded<QmpReturn>(R"({"return":{}})").id == -1);
  CHECK(decoded<QmpReturn>(R"({"return":{},"id":"5"})").id == -1);
  const auto error = decoded<QmpError>(R"({"id":6,"error":{"class":"GenericError","desc":"no"}})");
  CHECK(error.id == 6);
  CHECK(error.description == "no");
  CHECK(decoded<QmpError>(R"({"error":7})").id == -1);
}

TEST_CASE("QMP: events keep the fields that matter, and may hold others") {
  const auto shutdown = decoded<QmpEvent>(
      R"({"timestamp":{"seconds":1,"microseconds":2},"event":"SHUTDOWN","data":{"guest":true,"reason":"guest-reset"}})");
  CHECK(shutdown.name == "SHUTDOWN");
  CHECK(shutdown.reason == "guest-reset");
  CHECK(shutdown.guest);
  CHECK_FALSE(shutdown.no_space);
  const auto disk = decoded<QmpEvent>(
      R"({"event":"BLOCK_IO_ERROR","data":{"device":"","node-name":"disk","reason":"No space left","operation":"write","action":"stop","nospace":true}})");
  CHECK(decoded<QmpEvent>(R"({"event":"MIGRATION","data":{"status":"completed"}})").status == "completed");
  CHECK(disk.operation == "write");
  CHECK(disk.reason == "No space left");
  CHECK(disk.no_space);
  CHECK_FALSE(disk.guest);
}

TEST_CASE("QMP: an event with fields of wrong types has their defaults") {
  const auto event = decoded<QmpEvent>(R"({"event":["x"],"data":{"guest":1,"reason":{},"nospace":"true"}})");
  CHECK(event.name.empty());
  CHECK(event.reason.empty());
  CHECK_FALSE(event.guest);
  CHECK_FALSE(event.no_space);
  CHECK(decoded<QmpEvent>(R"({"event":"RESUME","data":[]})").name == "RESUME");
}

TEST_CASE("QMP: anything else is an error") {
  for (const std::string bad : {"", "{", "[]", "1", "null", "{}", R"({"id":1})", "{\"event\":\"\xff\"}", "{} {}"}) {
    CAPTURE(bad);
    CHECK_FALSE(decode_qmp(bad));
  }
}

TEST_CASE("QMP: a command is one line") {
  CHECK(encode_qmp_command("cont", "", 7) == "{\"execute\":\"cont\",\"id\":7}\n");
  CHECK(encode_qmp_command("migrate", R"({"uri":"fd:state"})", 8) ==
        "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"fd:state\"},\"id\":8}\n");
}

}  // namespace
}  // namespace mayfly::test
