// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace mayfly {

// Reads the members of one JSON object strictly. Each getter marks its field as known; finish() names every field that
// nobody asked for, with the one that may be meant, or else the first wrong type or range, or a field given twice.
// Getters return nullopt for an absent field. Views live as long as the document.
class JsonFields {
 public:
  // `path` names the object in messages: "" for the top level, else "limits", "files[2]".
  JsonFields(const JsonValue& value, std::string path);

  std::optional<std::string_view> string(std::string_view name);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
  std::optional<double> number(std::string_view name, double min, double max);
  std::optional<bool> boolean(std::string_view name);
  std::optional<std::vector<std::string>> strings(std::string_view name);
  // An object of strings.
  std::optional<std::map<std::string, std::string>> string_map(std::string_view name);
  // The member's value if it is an object (or array); nullptr if absent or wrong.
  const JsonValue* object(std::string_view name);
  const JsonValue* array(std::string_view name);
  // "<name>" as UTF-8 text or "<name>_base64"; both at once is an error.
  std::optional<std::string> bytes(std::string_view name);

  bool has(std::string_view name) const;
  bool is_string(std::string_view name) const;  // false if it is absent, too
  // Records an error of the caller's about field `name`, unless there is one already.
  void fail(std::string_view name, const std::string& why);
  void require(std::string_view name);
  // A field of the object `place` in here: whoever gives it beside that is told where it goes.
  void belongs_in(std::string_view place, std::string_view name) { misplaced_.emplace(name, place); }
  // An error that names its field itself, of an object in here that has been read.
  void adopt(Result<void> checked);

  Result<void> finish();
  std::string path_of(std::string_view name) const;

 private:
  const JsonValue* take(std::string_view name);
  std::string unknown_fields() const;
  std::string suggestion_for(std::string_view unknown) const;

  const JsonValue* object_ = nullptr;
  std::string path_;
  std::vector<std::string> known_;
  std::map<std::string, std::string, std::less<>> misplaced_;  // field -> the object that it belongs in
  std::optional<Error> error_;
};

}  // namespace mayfly
