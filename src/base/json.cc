// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace mayfly {
namespace {

// Below this it does not matter how long bytes become when they are written.
constexpr std::size_t kManyBytes = 1 << 20;

using JsonReader = rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>, JsonAllocator>;

// What becomes of each byte in a string: 0: it stays; 'u': \u00XX; else \ and this. 0xc2 may open a character of C1.
constexpr std::array<char, 256> make_escapes() {
  std::array<char, 256> escapes{};
  for (std::size_t c = 0; c < 0x20; ++c) escapes[c] = 'u';
  escapes['\b'] = 'b', escapes['\f'] = 'f', escapes['\n'] = 'n', escapes['\r'] = 'r', escapes['\t'] = 't';
  escapes['"'] = '"', escapes['\\'] = '\\';
  escapes[0x7f] = escapes[0xc2] = 'u';
  return escapes;
}
constexpr auto kEscapes = make_escapes();

char escape_at(std::string_view text, std::size_t at) {
  const char escape = kEscapes[static_cast<unsigned char>(text[at])];
  return text[at] == '\xc2' && !is_c1(text, at) ? '\0' : escape;
}

void append_escape(std::string& out, char escape, char c) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  out += '\\';
  out += escape;
  if (escape != 'u') return;
  const auto byte = static_cast<unsigned char>(c);
  out += {'0', '0', kDigits[byte >> 4], kDigits[byte & 15]};
}

void append_escaped(std::string& out, std::string_view text) {
  std::size_t plain = 0;  // from here on nothing is to be escaped so far
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char escape = escape_at(text, at);
    if (escape == 0) continue;
    out.append(text, plain, at - plain);
    if (text[at] == '\xc2') ++at;  // the second byte of a character of C1 is its number
    append_escape(out, escape, text[at]);
    plain = at + 1;
  }
  out.append(text, plain);
}

std::size_t escaped_size(std::string_view text) {
  std::size_t size = 0;
  for (char c : text) {
    const char escape = kEscapes[static_cast<unsigned char>(c)];
    size += escape == 0 || c == '\xc2' ? 1 : escape == 'u' ? 6 : 2;
  }
  return size;
}

// Forwards SAX events to a document and stops at the depth limit, and at a string that is
// not UTF-8: RapidJSON 1.1 lets an escaped low surrogate through.
class Checker {
 public:
  explicit Checker(JsonDocument& out) : out_(out) {}

  bool found_bad_text() const { return bad_text_; }
  bool found_too_many() const { return values_ > kMaxJsonValues; }

  bool Null() { return is_one_more() && out_.Null(); }
  bool Bool(bool v) { return is_one_more() && out_.Bool(v); }
  bool Int(int v) { return is_one_more() && out_.Int(v); }
  bool Uint(unsigned v) { return is_one_more() && out_.Uint(v); }
  bool Int64(std::int64_t v) { return is_one_more() && out_.Int64(v); }
  bool Uint64(std::uint64_t v) { return is_one_more() && out_.Uint64(v); }
  bool Double(double v) { return is_one_more() && out_.Double(v); }
  bool RawNumber(const char* s, rapidjson::SizeType n, bool copy) { return out_.RawNumber(s, n, copy); }
  bool String(const char* s, rapidjson::SizeType n, bool copy) { return is_text({s, n}) && out_.String(s, n, copy); }
  bool Key(const char* s, rapidjson::SizeType n, bool copy) { return is_text({s, n}) && out_.Key(s, n, copy); }
  bool StartObject() { return is_one_more() && ++depth_ <= kMaxJsonDepth && out_.StartObject(); }
  bool EndObject(rapidjson::SizeType n) { --depth_; return out_.EndObject(n); }
  bool StartArray() { return is_one_more() && ++depth_ <= kMaxJsonDepth && out_.StartArray(); }
  bool EndArray(rapidjson::SizeType n) { --depth_; return out_.EndArray(n); }

 private:
  bool is_one_more() { return ++values_ <= kMaxJsonValues; }
  bool is_text(std::string_view bytes) {
    bad_text_ = !is_utf8(bytes);
    return !bad_text_ && is_one_more();
  }

  JsonDocument& out_;
  int depth_ = 0;
  std::size_t values_ = 0;
  bool bad_text_ = false;
};

// The shape that Document::Populate wants: called once with the document as handler.
struct Generator {
  std::string_view text;
  rapidjson::ParseResult result;
  bool bad_text = false;
  bool too_many = false;
  std::size_t read = 0;  // RapidJSON takes a NUL for the end of the text

  bool operator()(JsonDocument& document) {
    constexpr unsigned kFlags = rapidjson::kParseIterativeFlag;
    rapidjson::MemoryStream bytes(text.data(), text.size());
    rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(bytes);
    JsonReader reader;
    Checker checker(document);
    result = reader.Parse<kFlags>(stream, checker);
    bad_text = checker.found_bad_text();
    too_many = checker.found_too_many();
    read = stream.Tell();
    return !result.IsError();
  }
};

}  // namespace

Result<JsonDocument> parse_json(std::string_view text) {
  JsonDocument document;
  Generator generator{text, {}};
  document.Populate(generator);
  const rapidjson::ParseResult& result = generator.result;
  if (!result.IsError() && generator.read == text.size()) return document;
  const std::string at = " at column " + std::to_string(generator.read + 1);
  if (!result.IsError()) return Error("not JSON: a NUL" + at);
  if (generator.bad_text) return Error("not JSON: a string is not UTF-8" + at);
  if (generator.too_many) return Error("JSON of more than " + std::to_string(kMaxJsonValues) + " values" + at);
  if (result.Code() == rapidjson::kParseErrorTermination) {
    return Error("JSON nested deeper than " + std::to_string(kMaxJsonDepth) + " levels" + at);
  }
  return Error(std::string("not JSON: ") + rapidjson::GetParseError_En(result.Code()) + at);
}

namespace {

std::optional<std::string_view> repeated_here(const JsonValue& object) {
  std::vector<std::string_view> names;
  for (const auto& member : object.GetObject()) names.push_back(as_view(member.name));
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  return twice == names.end() ? std::nullopt : std::optional(*twice);
}

}  // namespace

std::optional<std::string_view> repeated_name(const JsonValue& value) {
  std::optional<std::string_view> found;
  if (value.IsObject()) {
    found = repeated_here(value);
    for (auto member = value.MemberBegin(); !found && member != value.MemberEnd(); ++member) {
      found = repeated_name(member->value);
    }
  } else if (value.IsArray()) {
    for (auto element = value.Begin(); !found && element != value.End(); ++element) found = repeated_name(*element);
  }
  return found;
}

bool JsonWriter::String(std::string_view text) {
  Prefix(rapidjson::kStringType);
  out_ += '"';
  append_escaped(out_, text);
  out_ += '"';
  return EndValue(true);
}

bool JsonWriter::Base64(std::string_view bytes) {
  Prefix(rapidjson::kStringType);
  out_ += '"';
  base64_append(out_, bytes);
  out_ += '"';
  return EndValue(true);
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

bool wants_base64(std::string_view bytes) {
  if (!is_utf8(bytes)) return true;
  return bytes.size() > kManyBytes && escaped_size(bytes) > bytes.size() / 3 * 4;
}

void write_bytes(JsonWriter& writer, std::string_view name, std::string_view bytes) {
  if (wants_base64(bytes)) {
    write_key(writer, std::string(name) + "_base64");
    writer.Base64(bytes);
  } else {
    write_text(writer, name, bytes);
  }
}

std::string_view string_member(const JsonValue& value, std::string_view name) {
  if (!value.IsObject()) return {};
  const auto member = value.FindMember(JsonValue(rapidjson::StringRef(name.data(), name.size())));
  const bool found = member != value.MemberEnd() && member->value.IsString();
  return found ? as_view(member->value) : std::string_view();
}

}  // namespace mayfly
