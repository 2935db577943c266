// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include "base/encoding.h"
#include "base/id.h"

namespace mayfly {
namespace {

// Forwards SAX events to a document and stops at the depth limit, and at a string that is
// not UTF-8: RapidJSON 1.1 lets an escaped low surrogate through.
class Checker {
 public:
  explicit Checker(JsonDocument& out) : out_(out) {}

  bool found_bad_text() const { return bad_text_; }

  bool Null() { return out_.Null(); }
  bool Bool(bool v) { return out_.Bool(v); }
  bool Int(int v) { return out_.Int(v); }
  bool Uint(unsigned v) { return out_.Uint(v); }
  bool Int64(std::int64_t v) { return out_.Int64(v); }
  bool Uint64(std::uint64_t v) { return out_.Uint64(v); }
  bool Double(double v) { return out_.Double(v); }
  bool RawNumber(const char* s, rapidjson::SizeType n, bool copy) { return out_.RawNumber(s, n, copy); }
  bool String(const char* s, rapidjson::SizeType n, bool copy) { return is_text({s, n}) && out_.String(s, n, copy); }
  bool Key(const char* s, rapidjson::SizeType n, bool copy) { return is_text({s, n}) && out_.Key(s, n, copy); }
  bool StartObject() { return ++depth_ <= kMaxJsonDepth && out_.StartObject(); }
  bool EndObject(rapidjson::SizeType n) { --depth_; return out_.EndObject(n); }
  bool StartArray() { return ++depth_ <= kMaxJsonDepth && out_.StartArray(); }
  bool EndArray(rapidjson::SizeType n) { --depth_; return out_.EndArray(n); }

 private:
  bool is_text(std::string_view bytes) {
    bad_text_ = !is_utf8(bytes);
    return !bad_text_;
  }

  JsonDocument& out_;
  int depth_ = 0;
  bool bad_text_ = false;
};

// The shape that Document::Populate wants: called once with the document as handler.
struct Generator {
  std::string_view text;
  rapidjson::ParseResult result;
  bool bad_text = false;
  std::size_t read = 0;  // RapidJSON takes a NUL for the end of the text

  bool operator()(JsonDocument& document) {
    constexpr unsigned kFlags = rapidjson::kParseIterativeFlag;
    rapidjson::MemoryStream bytes(text.data(), text.size());
    rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(bytes);
    rapidjson::Reader reader;
    Checker checker(document);
    result = reader.Parse<kFlags>(stream, checker);
    bad_text = checker.found_bad_text();
    read = stream.Tell();
    return !result.IsError();
  }
};

// JSON lets DEL and C1 through as they are.
bool has_terminal_control(std::string_view text) {
  for (std::size_t at = text.find_first_of("\x7f\xc2"); at != text.npos; at = text.find_first_of("\x7f\xc2", at + 1)) {
    if (text[at] == '\x7f' || is_c1(text, at)) return true;
  }
  return false;
}

void write_escaped(JsonWriter& writer, std::string_view text) {
  JsonBuffer buffer;
  JsonWriter(buffer).String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  const std::string_view encoded(buffer.GetString(), buffer.GetSize());
  std::string out;
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    if (encoded[at] != '\x7f' && !is_c1(encoded, at)) {
      out += encoded[at];
    } else {
      const char control = encoded[at] == '\x7f' ? '\x7f' : encoded[++at];
      out += "\\u00" + to_hex({&control, 1});
    }
  }
  writer.RawValue(out.data(), out.size(), rapidjson::kStringType);
}

// Takes a value's events (rapidjson::Value::Accept) to the writer, texts by way of write_string().
struct Escaper {
  JsonWriter& writer;

  bool Null() { return writer.Null(); }
  bool Bool(bool v) { return writer.Bool(v); }
  bool Int(int v) { return writer.Int(v); }
  bool Uint(unsigned v) { return writer.Uint(v); }
  bool Int64(std::int64_t v) { return writer.Int64(v); }
  bool Uint64(std::uint64_t v) { return writer.Uint64(v); }
  bool Double(double v) { return writer.Double(v); }
  bool RawNumber(const char* s, rapidjson::SizeType n, bool copy) { return writer.RawNumber(s, n, copy); }
  bool String(const char* s, rapidjson::SizeType n, bool) { return write_string(writer, {s, n}), true; }
  bool Key(const char* s, rapidjson::SizeType n, bool) { return write_string(writer, {s, n}), true; }
  bool StartObject() { return writer.StartObject(); }
  bool EndObject(rapidjson::SizeType n) { return writer.EndObject(n); }
  bool StartArray() { return writer.StartArray(); }
  bool EndArray(rapidjson::SizeType n) { return writer.EndArray(n); }
};

}  // namespace

Result<JsonDocument> parse_json(std::string_view text) {
  JsonDocument document;
  Generator generator{text, {}};
  document.Populate(generator);
  const rapidjson::ParseResult& result = generator.result;
  if (!result.IsError() && generator.read == text.size()) return document;
  const std::string at = " at byte " + std::to_string(generator.read);
  if (!result.IsError()) return Error("not JSON: a NUL" + at);
  if (generator.bad_text) return Error("not JSON: a string is not UTF-8" + at);
  if (result.Code() == rapidjson::kParseErrorTermination) {
    return Error("JSON nested deeper than " + std::to_string(kMaxJsonDepth) + " levels" + at);
  }
  return Error(std::string("not JSON: ") + rapidjson::GetParseError_En(result.Code()) + at);
}

void write_string(JsonWriter& writer, std::string_view text) {
  if (has_terminal_control(text)) return write_escaped(writer, text);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void write_value(JsonWriter& writer, const JsonValue& value) {
  Escaper escaper{writer};
  value.Accept(escaper);
}

void write_text(JsonWriter& writer, std::string_view name, std::string_view text) {
  write_key(writer, name);
  write_string(writer, text);
}

void write_strings(JsonWriter& writer, std::string_view name, const std::vector<std::string>& values) {
  write_key(writer, name);
  writer.StartArray();
  for (const std::string& value : values) write_string(writer, value);
  writer.EndArray();
}

void write_integer(JsonWriter& writer, std::string_view name, std::int64_t value) {
  write_key(writer, name);
  writer.Int64(value);
}

void write_bool(JsonWriter& writer, std::string_view name, bool value) {
  write_key(writer, name);
  writer.Bool(value);
}

void write_bytes(JsonWriter& writer, std::string_view name, std::string_view bytes) {
  if (is_utf8(bytes)) {
    write_key(writer, name);
    write_string(writer, bytes);
  } else {
    write_key(writer, std::string(name) + "_base64");
    write_string(writer, base64_encode(bytes));
  }
}

std::string_view string_member(const JsonValue& value, std::string_view name) {
  if (!value.IsObject()) return {};
  const auto member = value.FindMember(JsonValue(rapidjson::StringRef(name.data(), name.size())));
  const bool found = member != value.MemberEnd() && member->value.IsString();
  return found ? as_view(member->value) : std::string_view();
}

}  // namespace mayfly
