// SPDX-License-Identifier: Apache-2.0
#include "base/json_fields.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/id.h"

namespace mayfly {
namespace {

// Each field that is read is looked for among all of them.
constexpr std::size_t kMaxFields = 10'000;

const char* type_name(const JsonValue& value) {
  switch (value.GetType()) {
    case rapidjson::kNullType: return "null";
    case rapidjson::kFalseType:
    case rapidjson::kTrueType: return "a boolean";
    case rapidjson::kObjectType: return "an object";
    case rapidjson::kArrayType: return "an array";
    case rapidjson::kStringType: return "a string";
    case rapidjson::kNumberType: return "a number";
  }
  return "something else";
}

std::string wrong_type(const char* wanted, const JsonValue& got) {
  return std::string("must be ") + wanted + ", not " + type_name(got);
}

// How many characters are to be put in, left out, changed or exchanged with the next, to make one of the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last, now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) now[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(last, now);
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = std::min(now[j], before[j - 2] + 1);
    }
  }
  return now[b.size()];
}

// At most kMaxIdLength bytes of UTF-8 text, cut between characters.
std::string_view shortened(std::string_view text) {
  std::string_view out = text.substr(0, kMaxIdLength);
  while (!is_utf8(out)) out.remove_suffix(1);
  return out;
}

}  // namespace

JsonFields::JsonFields(const JsonValue& value, std::string path) : path_(std::move(path)) {
  const std::string name = path_.empty() ? "the record" : "field '" + path_ + "'";
  if (!value.IsObject()) {
    error_ = Error(name + " " + wrong_type("an object", value));
  } else if (value.MemberCount() > kMaxFields) {
    error_ = Error(name + " has " + std::to_string(value.MemberCount()) + " fields, far more than there are");
  } else {
    object_ = &value;
  }
}

std::string JsonFields::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

bool JsonFields::has(std::string_view name) const {
  const JsonValue key(rapidjson::StringRef(name.data(), name.size()));
  return object_ && object_->HasMember(key);
}

bool JsonFields::is_string(std::string_view name) const {
  const JsonValue key(rapidjson::StringRef(name.data(), name.size()));
  return has(name) && object_->FindMember(key)->value.IsString();
}

const JsonValue* JsonFields::take(std::string_view name) {
  known_.emplace_back(name);
  if (!object_) return nullptr;
  const JsonValue key(rapidjson::StringRef(name.data(), name.size()));
  const auto member = object_->FindMember(key);
  return member == object_->MemberEnd() ? nullptr : &member->value;
}

void JsonFields::fail(std::string_view name, const std::string& why) {
  if (!error_) error_ = Error("field '" + path_of(name) + "' " + why);
}

void JsonFields::require(std::string_view name) {
  if (object_ && !has(name)) fail(name, "is missing");
}

void JsonFields::adopt(Result<void> checked) {
  if (!checked && !error_) error_ = std::move(checked).error();
}

std::optional<std::string_view> JsonFields::string(std::string_view name) {
  const JsonValue* value = take(name);
  if (!value) return std::nullopt;
  if (value->IsString()) return as_view(*value);
  fail(name, wrong_type("a string", *value));
  return std::nullopt;
}

std::optional<std::int64_t> JsonFields::integer(std::string_view name, std::int64_t min,
                                                std::int64_t max) {
  const JsonValue* value = take(name);
  if (!value) return std::nullopt;
  if (value->IsInt64() && value->GetInt64() >= min && value->GetInt64() <= max) {
    return value->GetInt64();
  }
  fail(name, "must be an integer from " + std::to_string(min) + " to " + std::to_string(max));
  return std::nullopt;
}

std::optional<double> JsonFields::number(std::string_view name, double min, double max) {
  const JsonValue* value = take(name);
  if (!value) return std::nullopt;
  if (value->IsNumber() && value->GetDouble() >= min && value->GetDouble() <= max) {
    return value->GetDouble();
  }
  fail(name, "must be a number from " + std::to_string(min) + " to " + std::to_string(max));
  return std::nullopt;
}

std::optional<bool> JsonFields::boolean(std::string_view name) {
  const JsonValue* value = take(name);
  if (!value) return std::nullopt;
  if (value->IsBool()) return value->GetBool();
  fail(name, wrong_type("true or false", *value));
  return std::nullopt;
}

std::optional<std::vector<std::string>> JsonFields::strings(std::string_view name) {
  const JsonValue* value = array(name);
  if (!value) return std::nullopt;
  std::vector<std::string> out;
  for (const JsonValue& element : value->GetArray()) {
    if (!element.IsString()) {
      fail(name, "must hold strings only; element " + std::to_string(out.size()) + " is " +
                     type_name(element));
      return std::nullopt;
    }
    out.emplace_back(as_view(element));
  }
  return out;
}

std::optional<std::map<std::string, std::string>> JsonFields::string_map(std::string_view name) {
  const JsonValue* value = object(name);
  if (!value) return std::nullopt;
  std::map<std::string, std::string> out;
  for (const auto& member : value->GetObject()) {
    const std::string key(as_view(member.name));
    if (!member.value.IsString()) {
      fail(name, "must map names to strings; '" + key + "' does not");
      return std::nullopt;
    }
    out[key] = as_view(member.value);
  }
  return out;
}

const JsonValue* JsonFields::object(std::string_view name) {
  const JsonValue* value = take(name);
  if (!value || value->IsObject()) return value;
  fail(name, wrong_type("an object", *value));
  return nullptr;
}

const JsonValue* JsonFields::array(std::string_view name) {
  const JsonValue* value = take(name);
  if (!value || value->IsArray()) return value;
  fail(name, wrong_type("an array", *value));
  return nullptr;
}

std::optional<std::string> JsonFields::bytes(std::string_view name) {
  const std::string encoded_name = std::string(name) + "_base64";
  const auto text = string(name);
  const auto encoded = string(encoded_name);
  if (text && encoded) {
    fail(encoded_name, "and '" + path_of(name) + "' exclude each other");
    return std::nullopt;
  }
  if (text) return std::string(*text);
  if (!encoded) return std::nullopt;
  auto decoded = base64_decode(*encoded);
  if (!decoded) fail(encoded_name, "is not base64 (RFC 4648, padded)");
  return decoded;
}

// The one of the fields nearest to it that may be meant, if one is near.
std::string JsonFields::suggestion_for(std::string_view unknown) const {
  if (const auto place = misplaced_.find(unknown); place != misplaced_.end()) return " (it belongs in '" + path_of(place->second) + "')";
  std::size_t least = std::min<std::size_t>(2, unknown.size() / 3) + 1;
  std::string_view nearest;
  for (const std::string& name : known_) {
    const std::size_t away = unknown.size() > kMaxIdLength || has(name) ? least : distance(unknown, name);
    if (away < least) least = away, nearest = name;
  }
  return nearest.empty() ? "" : " (did you mean '" + std::string(nearest) + "'?)";
}

// Enough of them to mend the record, bounded for a hostile one.
std::string JsonFields::unknown_fields() const {
  constexpr int kMaxNamed = 8;
  std::string unknown;
  int named = 0;
  for (const auto& member : object_->GetObject()) {
    const std::string_view name = as_view(member.name);
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    if (++named > kMaxNamed) break;
    unknown += (unknown.empty() ? "'" : ", '") + path_of(shortened(name)) + "'" + suggestion_for(name);
  }
  return unknown;
}

Result<void> JsonFields::finish() {
  if (!object_) return std::move(*error_);
  if (const std::string unknown = unknown_fields(); !unknown.empty()) return Error("unknown field " + unknown);
  if (error_) return std::move(*error_);
  std::vector<std::string_view> names;
  for (const auto& member : object_->GetObject()) names.push_back(as_view(member.name));
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) return Error("field '" + path_of(*twice) + "' is given twice");
  return {};
}

}  // namespace mayfly
