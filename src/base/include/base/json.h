// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mayfly {

using JsonValue = rapidjson::Value;
using JsonDocument = rapidjson::Document;
using JsonBuffer = rapidjson::StringBuffer;
using JsonWriter = rapidjson::Writer<JsonBuffer>;

constexpr int kMaxJsonDepth = 32;

// Parses one JSON text (RFC 8259) from an untrusted source: iteratively, UTF-8 validated,
// nesting at most kMaxJsonDepth. RapidJSON's default recursive parser overflows the stack
// on a megabyte of '['. The error names the byte offset.
Result<JsonDocument> parse_json(std::string_view text);

inline std::string_view as_view(const JsonValue& string) {
  return {string.GetString(), string.GetStringLength()};
}

// All control characters escaped, those too that JSON need not and a terminal obeys.
void write_string(JsonWriter& writer, std::string_view text);
// Any value, its names and strings written in this way.
void write_value(JsonWriter& writer, const JsonValue& value);
inline void write_key(JsonWriter& writer, std::string_view name) {
  writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
}

// A member with its name.
void write_text(JsonWriter& writer, std::string_view name, std::string_view text);
void write_integer(JsonWriter& writer, std::string_view name, std::int64_t value);
void write_bool(JsonWriter& writer, std::string_view name, bool value);
void write_strings(JsonWriter& writer, std::string_view name, const std::vector<std::string>& values);

// Writes "<name>": text, or "<name>_base64" where the bytes are not UTF-8.
void write_bytes(JsonWriter& writer, std::string_view name, std::string_view bytes);

// The member's text if `value` is an object that has it as a string, else empty: for readers
// that do not care what else there is.
std::string_view string_member(const JsonValue& value, std::string_view name);

}  // namespace mayfly
