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
  CHECK(message_of(parse_json(nested(33, "[", "]"))) == "JSON nested deeper than 32 levels at column 33");
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

TEST_CASE("the error names the column") {
  CHECK(contains(message_of(parse_json("{\"a\":tru}")), "at column "));
  CHECK(contains(message_of(parse_json("{} x")), "at column 4"));
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
  CHECK(written("\x1b[1m \x7f \xc2\x9b"
                "31m \xc2\xa0") == "{\"data\":\"\\u001B[1m \\u007F \\u009B31m \xc2\xa0\"}");
}

TEST_CASE("what takes the memory of many values is refused") {
  const auto array = [](std::size_t values) {
    std::string text = "[0";
    for (std::size_t i = 2; i < values; ++i) text += ",0";
    return text + "]";
  };
  CHECK(parse_json(array(kMaxJsonValues)));
  CHECK(contains(message_of(parse_json(array(kMaxJsonValues + 1))), "more than 1000000 values"));
}

TEST_CASE("a name that an object has twice is found at any depth") {
  const auto repeated = [](const char* json) {
    return std::string(repeated_name(*parse_json(json)).value_or("(none)"));
  };
  CHECK(repeated(R"({"a":1,"b":{"a":1,"c":[{"a":1},{"a":2}]}})") == "(none)");
  CHECK(repeated(R"({"a":1,"b":[{"x":1,"c":{},"x":2}]})") == "x");
  CHECK(repeated(R"({"":1,"":2})").empty());
}

TEST_CASE("a value that is copied has its control characters escaped, as any") {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  parse_json("{\"k\x7f\":[\"\xc2\x9b\",1.5,null,\"\\u0001\\\\\"]}")->Accept(writer);
  CHECK(buffer.text() == "{\"k\\u007F\":[\"\\u009B\",1.5,null,\"\\u0001\\\\\"]}");
}

TEST_CASE("many control characters are base64, which is shorter; a few are text") {
  CHECK_FALSE(wants_base64(std::string(1000, '\x01')));
  CHECK(wants_base64(std::string(2 << 20, '\x01')));
  CHECK_FALSE(wants_base64(std::string(2 << 20, 'x')));
  std::string lines;
  while (lines.size() < 2 << 20) lines += "a line\n";
  CHECK_FALSE(wants_base64(lines));
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
  CHECK(std::string(buffer.GetString(), buffer.GetSize()) == R"({"\u009B":["a\u007F\u0085z"],"d":{"e\u007F":1}})");
}

}  // namespace
}  // namespace mayfly::test
