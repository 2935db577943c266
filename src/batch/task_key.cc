// SPDX-License-Identifier: Apache-2.0
#include "batch/task_key.h"

#include <array>
#include <charconv>
#include <concepts>
#include <map>
#include <optional>
#include <type_traits>
#include <vector>

#include "base/sha256.h"

namespace mayfly {
namespace {

// A digest over values in one canonical encoding: each with its length or its count before it, so that no two
// different sequences read the same. Of structures it takes what their members() names.
class Key {
 public:
  template <typename... Values>
  void add(const Values&... values) {
    (put(values), ...);
  }

  std::string finish() { return digest_.finish(); }

 private:
  void put_text(std::string_view text) {
    digest_.add(std::to_string(text.size()) + ":");
    digest_.add(text);
  }

  void put(const std::string& text) { put_text(text); }
  void put(const SharedBytes& bytes) { put_text(bytes.str()); }
  void put(std::integral auto number) { put_text(std::to_string(number)); }
  template <typename Name>
    requires std::is_enum_v<Name>
  void put(Name value) {
    put(static_cast<int>(value));
  }
  void put(double number) {
    std::array<char, 32> text;
    put_text({text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr});
  }

  template <typename Value>
  void put(const std::optional<Value>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <typename Value>
  void put(const std::vector<Value>& values) {
    put(values.size());
    for (const Value& value : values) put(value);
  }
  template <typename Name, typename Value>
  void put(const std::map<Name, Value>& values) {
    put(values.size());
    for (const auto& [name, value] : values) add(name, value);
  }

  void put(const Limits& limits) {
    for (const LimitRow& row : limit_table()) {
      std::visit([&](auto member) { put(limits.*member); }, row.member);
    }
  }
  template <typename Structure>
    requires requires(const Structure& structure) { members(structure); }
  void put(const Structure& structure) {
    std::apply([this](const auto&... values) { add(values...); }, members(structure));
  }

  Sha256 digest_;
};

}  // namespace

std::string task_key(const TaskSpec& spec, const TaskConditions& conditions) {
  Key key;
  key.add(spec, conditions);
  return key.finish();
}

std::string platform_key(const Platform& platform) {
  Key key;
  key.add(platform);
  return key.finish();
}

}  // namespace mayfly
