// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rapidjson/document.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace mayfly {

// Want of memory is std::bad_alloc, which RapidJSON's own allocator does not tell anybody.
class JsonAllocator {
 public:
  static const bool kNeedFree = true;
  void* Malloc(std::size_t size) { return size ? ::operator new(size) : nullptr; }
  void* Realloc(void* old, std::size_t old_size, std::size_t size) {
    void* block = Malloc(size);
    if (old && block) std::memcpy(block, old, std::min(old_size, size));
    Free(old);
    return block;
  }
  static void Free(void* block) { ::operator delete(block); }
};

using JsonPool = rapidjson::MemoryPoolAllocator<JsonAllocator>;
using JsonValue = rapidjson::GenericValue<rapidjson::UTF8<>, JsonPool>;
using JsonDocument = rapidjson::GenericDocument<rapidjson::UTF8<>, JsonPool, JsonAllocator>;

// Where a writer writes. RapidJSON wants these names.
class JsonBuffer {
 public:
  using Ch = char;
  void Put(char c) { text_.push_back(c); }
  void Flush() {}
  const char* GetString() const { return text_.c_str(); }
  std::size_t GetSize() const { return text_.size(); }

  std::string& text() { return text_; }

 private:
  std::string text_;
};

// Escapes all control characters, those too that JSON need not and a terminal obeys.
class JsonWriter : public rapidjson::Writer<JsonBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>, JsonAllocator> {
 public:
  using Base = rapidjson::Writer<JsonBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>, JsonAllocator>;
  explicit JsonWriter(JsonBuffer& buffer) : Base(buffer), out_(buffer.text()) {}

  bool String(std::string_view text);
  bool String(const char* text, rapidjson::SizeType size, bool = false) { return String({text, size}); }
  bool Key(std::string_view name) { return String(name); }
  bool Key(const char* name, rapidjson::SizeType size, bool = false) { return String({name, size}); }
  bool Base64(std::string_view bytes);

 private:
  std::string& out_;
};

constexpr int kMaxJsonDepth = 32;
constexpr std::size_t kMaxJsonValues = 1'000'000;  // names of members included

// Parses one JSON text (RFC 8259) from an untrusted source: iteratively, UTF-8 validated, nesting at most
// kMaxJsonDepth, at most kMaxJsonValues. RapidJSON's default recursive parser overflows the stack on a megabyte of '['.
// The error names the column, counted in bytes from 1.
Result<JsonDocument> parse_json(std::string_view text);

// The name of a member that an object in `value`, at whatever depth, has twice.
std::optional<std::string_view> repeated_name(const JsonValue& value);

inline std::string_view as_view(const JsonValue& string) {
  return {string.GetString(), string.GetStringLength()};
}

inline void write_string(JsonWriter& writer, std::string_view text) { writer.String(text); }
inline void write_key(JsonWriter& writer, std::string_view name) { writer.Key(name); }
// Any value, its names and strings written in this way.
inline void write_value(JsonWriter& writer, const JsonValue& value) { value.Accept(writer); }

// A member with its name.
void write_text(JsonWriter& writer, std::string_view name, std::string_view text);
void write_integer(JsonWriter& writer, std::string_view name, std::int64_t value);
void write_bool(JsonWriter& writer, std::string_view name, bool value);
void write_strings(JsonWriter& writer, std::string_view name, const std::vector<std::string>& values);

// Whether bytes are better written as base64 than as text: they are not UTF-8, or there are many, and of control
// characters most, each of which would take six.
bool wants_base64(std::string_view bytes);

// Writes "<name>": text, or "<name>_base64" where that is better.
void write_bytes(JsonWriter& writer, std::string_view name, std::string_view bytes);

// The member's text if `value` is an object that has it as a string, else empty: for readers
// that do not care what else there is.
std::string_view string_member(const JsonValue& value, std::string_view name);

}  // namespace mayfly
