// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <functional>

#include "base/encoding.h"
#include "base/json_fields.h"
#include "helpers.h"

namespace mayfly::test {
namespace {

using Read = std::function<void(JsonFields&)>;

// What finish() says of `json` after `read` has asked for its fields; "" for no error.
std::string verdict(std::string_view json, const Read& read, const std::string& path = "") {
  const auto document = parse_json(json);
  REQUIRE(document);
  JsonFields fields(*document, path);
  read(fields);
  const auto result = fields.finish();
  return result ? "" : result.error().message();
}

TEST_CASE("each type has its getter and its message") {
  const Read string = [](JsonFields& f) { f.string("a"); };
  CHECK(verdict(R"({"a":"x"})", string).empty());
  CHECK(verdict(R"({"a":1})", string) == "field 'a' must be a string, not a number");
  CHECK(verdict(R"({"a":null})", string) == "field 'a' must be a string, not null");
  CHECK(verdict(R"({"a":"x"})", [](JsonFields& f) { f.boolean("a"); }) ==
        "field 'a' must be true or false, not a string");
  CHECK(verdict(R"({"a":true})", [](JsonFields& f) { f.object("a"); }) ==
        "field 'a' must be an object, not a boolean");
  CHECK(verdict(R"({"a":{}})", [](JsonFields& f) { f.array("a"); }) ==
        "field 'a' must be an array, not an object");
  CHECK(verdict(R"({"a":["x",2]})", [](JsonFields& f) { f.strings("a"); }) ==
        "field 'a' must hold strings only; element 1 is a number");
}

TEST_CASE("integers have a range and no fraction") {
  const Read read = [](JsonFields& f) { f.integer("n", 1, 10); };
  for (const std::string good : {R"({"n":1})", R"({"n":10})", "{}"}) CHECK(verdict(good, read).empty());
  for (const std::string bad : {R"({"n":0})", R"({"n":11})", R"({"n":1.0})", R"({"n":"1"})",
                          R"({"n":18446744073709551615})", R"({"n":1e30})"}) {
    CAPTURE(bad);
    CHECK(verdict(bad, read) == "field 'n' must be an integer from 1 to 10");
  }
}

TEST_CASE("numbers may be integers or fractions within their range") {
  const Read read = [](JsonFields& f) { f.number("n", 0.5, 2); };
  CHECK(verdict(R"({"n":0.5})", read).empty());
  CHECK(verdict(R"({"n":2})", read).empty());
  CHECK(contains(verdict(R"({"n":0.4})", read), "field 'n' must be a number from 0.5"));
  CHECK(contains(verdict(R"({"n":2.5})", read), "field 'n' must be a number"));
  CHECK(contains(verdict(R"({"n":true})", read), "field 'n' must be a number"));
}

TEST_CASE("a missing, an unknown and a repeated field are named") {
  CHECK(verdict("{}", [](JsonFields& f) { f.require("a"); }) == "field 'a' is missing");
  CHECK(verdict(R"({"a":1,"b":2,"c":3})", [](JsonFields& f) { f.integer("b", 0, 9); }) ==
        "unknown field 'a', 'c'");
  CHECK(verdict(R"({"a":1,"a":2})", [](JsonFields& f) { f.integer("a", 0, 9); }) ==
        "field 'a' is given twice");
}

TEST_CASE("many unknown fields make a short message") {
  std::string json = "{";
  for (int i = 0; i < 1000; ++i) json += (i ? ",\"f" : "\"f") + std::to_string(i) + "\":1";
  const std::string message = verdict(json + "}", [](JsonFields&) {});
  CHECK(contains(message, "'f7'"));
  CHECK_FALSE(contains(message, "'f8'"));
}

TEST_CASE("more fields than can be are not looked at one by one") {
  std::string json = "{";
  for (int i = 0; i < 10'001; ++i) json += (i ? ",\"f" : "\"f") + std::to_string(i) + "\":1";
  CHECK(verdict(json + "}", [](JsonFields& f) { f.string("f1"); }, "limits") == "field 'limits' has 10001 fields, far more than there are");
}

TEST_CASE("a long unknown field is shortened between characters") {
  std::string name = "x";
  for (int i = 0; i < 100; ++i) name += "\xc3\xa9";
  const std::string message = verdict("{\"" + name + "\":1}", [](JsonFields&) {});
  CHECK(contains(message, "unknown field 'x\xc3\xa9"));
  CHECK(message.size() < 100);
  CHECK(is_utf8(message));
}

TEST_CASE("the path of the object is part of each name") {
  CHECK(verdict(R"({"a":1})", [](JsonFields& f) { f.string("a"); }, "files[2]") ==
        "field 'files[2].a' must be a string, not a number");
  CHECK(verdict(R"({"a":1})", [](JsonFields&) {}, "limits") == "unknown field 'limits.a'");
}

TEST_CASE("something else than an object is an error of the whole record") {
  CHECK(verdict("[1]", [](JsonFields& f) { f.string("a"); }) ==
        "the record must be an object, not an array");
  CHECK(verdict("null", [](JsonFields&) {}, "limits") ==
        "field 'limits' must be an object, not null");
}

TEST_CASE("the first error wins") {
  CHECK(verdict(R"({"a":1,"b":2})", [](JsonFields& f) {
          f.string("b");
          f.string("a");
          f.fail("a", "is late");
        }) == "field 'b' must be a string, not a number");
}

TEST_CASE("an unknown field is told before anything else that is wrong") {
  CHECK(verdict(R"({"contents":"x"})", [](JsonFields& f) {
          f.string("content");
          f.fail("content", "must be given");
        }) == "unknown field 'contents' (did you mean 'content'?)");
}

TEST_CASE("the field that is meant is told where one is near, and not there already") {
  const auto said = [](std::string_view json) {
    return verdict(json, [](JsonFields& f) {
      for (const char* name : {"timeout", "id", "argv", "stdin"}) f.string(name);
    });
  };
  CHECK(said(R"({"tiemout":""})") == "unknown field 'tiemout' (did you mean 'timeout'?)");
  CHECK(said(R"({"time_out":""})") == "unknown field 'time_out' (did you mean 'timeout'?)");
  CHECK(said(R"({"Argv":""})") == "unknown field 'Argv' (did you mean 'argv'?)");
  CHECK(said(R"({"argw":"","argv":""})") == "unknown field 'argw'");
  CHECK(said(R"({"colour":""})") == "unknown field 'colour'");
  CHECK(said(R"({"x":""})") == "unknown field 'x'");
}

TEST_CASE("an error of an object inside stands for itself, behind an earlier one") {
  const Read read = [](JsonFields& f) {
    f.integer("n", 0, 9);
    f.adopt(Error("field 'a.b' is wrong"));
  };
  CHECK(verdict("{}", read) == "field 'a.b' is wrong");
  CHECK(verdict(R"({"n":""})", read) == "field 'n' must be an integer from 0 to 9");
}

TEST_CASE("bytes come as text or as base64, not as both") {
  std::optional<std::string> bytes;
  const Read read = [&](JsonFields& f) { bytes = f.bytes("d"); };
  CHECK(verdict(R"({"d":"x"})", read).empty());
  CHECK(bytes == "x");
  CHECK(verdict(R"({"d_base64":"/w=="})", read).empty());
  CHECK(bytes == "\xff");
  CHECK(verdict("{}", read).empty());
  CHECK_FALSE(bytes.has_value());
  CHECK(verdict(R"({"d_base64":"/w="})", read) == "field 'd_base64' is not base64 (RFC 4648, padded)");
  CHECK(verdict(R"({"d":"x","d_base64":""})", read) == "field 'd_base64' and 'd' exclude each other");
}

TEST_CASE("an absent field is no error and has no value") {
  const auto document = parse_json("{}");
  JsonFields f(*document, "");
  CHECK_FALSE(f.string("a").has_value());
  CHECK_FALSE(f.integer("b", 0, 1).has_value());
  CHECK_FALSE(f.boolean("c").has_value());
  CHECK_FALSE(f.strings("d").has_value());
  CHECK(f.object("e") == nullptr);
  CHECK_FALSE(f.has("a"));
  CHECK(f.finish());
}

}  // namespace
}  // namespace mayfly::test
