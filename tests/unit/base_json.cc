// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include "helpers.h"

namespace mayfly::test {
namespace {

std::string nested(int depth, const std::string& open, const std::string& close) {
  std::string out;
  for (int i = 0; i < depth; ++i) out += open;
  out += "1";
  for (int i = 0; i < depth; ++i) out += close;
  return out;
}

TEST_CASE("JSON may be nested 32 levels deep and no deeper") {
  CHECK(parse_json(nested(32, "[", "]")));
  CHECK(parse_json(nested(32, "{\"a\":", "}")));
  CHECK(message_of(parse_json(nested(33, "[", "]"))) == "JSON nested deeper than 32 levels at byte 32");
  CHECK_FALSE(parse_json(nested(33, "{\"a\":", "}")));
  CHECK(parse_json("[" + nested(31, "[", "]") + "," + nested(31, "[", "]") + "]"));
}

TEST_CASE("a megabyte of brackets is an error, not a stack overflow") {
  CHECK_FALSE(parse_json(std::string(1 << 20, '[')));
  std::string objects;
  for (int i = 0; i < 1 << 18; ++i) objects += "{\"\":";
  CHECK_FALSE(parse_json(objects));
}

TEST_CASE("only RFC 8259 is JSON") {
  for (const std::string_view bad :
       {"", " ", "NaN", "[NaN]", "Infinity", "[-Infinity]", "{\"a\":Inf}", "{} {}", "{},", "{}x",
        "[1,]", "{\"a\":1,}", "{a:1}", "{'a':1}", "[01]", "[+1]", "[.5]", "[1.]", "[1e]", "0x10",
        "[1 2]", "{\"a\" 1}", "\"", "\"\n\"", "\"\\x\"", "\"\\u12\"", "// c\n1", "/**/1", "[1e999]",
        "tru", "nul"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_json(bad));
  }
}

TEST_CASE("bytes after a NUL are still trailing garbage") {
  CHECK_FALSE(parse_json(std::string_view("{}\0garbage", 10)));
  CHECK_FALSE(parse_json(std::string_view("{}\0", 3)));
  CHECK_FALSE(parse_json(std::string_view("\0{}", 3)));
  CHECK_FALSE(parse_json(std::string_view("{\"a\"\0:1}", 8)));
}

TEST_CASE("strings must be UTF-8, also behind an escape") {
  for (const std::string_view bad :
       {"\"\xff\"", "\"\xc3\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "{\"\x80\":1}", "\"\\ud800\"",
        "\"\\ud800\\u0041\"", "\"\\udc00\""}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_json(bad));
  }
  const auto pair = parse_json("\"\\ud83d\\ude00\"");
  REQUIRE(pair);
  CHECK(as_view(*pair) == "\xf0\x9f\x98\x80");
}

TEST_CASE("an escaped NUL is part of its string") {
  const auto document = parse_json("\"a\\u0000b\"");
  REQUIRE(document);
  CHECK(as_view(*document) == std::string_view("a\0b", 3));
}

TEST_CASE("the error names the byte") {
  CHECK(contains(message_of(parse_json("{\"a\":tru}")), "at byte "));
  CHECK(contains(message_of(parse_json("{} x")), "at byte 3"));
}

TEST_CASE("bytes are written as text, or as base64 where they are not UTF-8") {
  const auto written = [](std::string_view bytes) {
    JsonBuffer buffer;
    JsonWriter writer(buffer);
    writer.StartObject();
    write_bytes(writer, "data", bytes);
    writer.EndObject();
    return std::string(buffer.GetString(), buffer.GetSize());
  };
  CHECK(written("h\xc3\xa9\n") == "{\"data\":\"h\xc3\xa9\\n\"}");
  CHECK(written("\xff\xfe") == R"({"data_base64":"//4="})");
  CHECK(written("") == R"({"data":""})");
  CHECK(written("\x1b[1m \x7f \xc2\x9b" "31m \xc2\xa0\xc2") == R"({"data_base64":"G1sxbSB/IMKbMzFtIMKgwg=="})");
  CHECK(written("\x1b[1m \x7f \xc2\x9b" "31m \xc2\xa0") == "{\"data\":\"\\u001B[1m \\u007f \\u009b31m \xc2\xa0\"}");
}

TEST_CASE("a value is written as it was read, but for what a terminal obeys") {
  for (const std::string_view text : {R"({"a":[1,-2,18446744073709551615,1.5,true,false,null,{"b":""}],"c":"é€"})", "[]", "{}"}) {
    JsonBuffer buffer;
    JsonWriter writer(buffer);
    write_value(writer, *parse_json(text));
    CHECK(std::string_view(buffer.GetString(), buffer.GetSize()) == text);
  }
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  write_value(writer, *parse_json("{\"\xc2\x9b\":[\"a\x7f\xc2\x85z\"],\"d\":{\"e\x7f\":1}}"));
  CHECK(std::string(buffer.GetString(), buffer.GetSize()) == R"({"\u009b":["a\u007f\u0085z"],"d":{"e\u007f":1}})");
}

}  // namespace
}  // namespace mayfly::test
