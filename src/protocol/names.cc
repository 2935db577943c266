// SPDX-License-Identifier: Apache-2.0
#include "names.h"

#include <array>

namespace mayfly {
namespace {

constexpr std::array<std::string_view, 7> kRefusals = {
    "invalid", "token", "busy", "permission", "not_found", "cannot_run", "failed"};
constexpr std::array<std::string_view, 4> kActions = {"ping", "uname", "id", "work"};
constexpr std::array<std::string_view, 3> kLimits = {"cpu_ms", "stdout_bytes", "stderr_bytes"};

template <class Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Refusal reason) { return kRefusals[static_cast<std::size_t>(reason)]; }
std::string_view to_string(Action action) { return kActions[static_cast<std::size_t>(action)]; }
std::string_view to_string(Limit limit) { return kLimits[static_cast<std::size_t>(limit)]; }

std::optional<Refusal> parse_refusal(std::string_view name) {
  return find<Refusal>(kRefusals, name);
}
std::optional<Action> parse_action(std::string_view name) { return find<Action>(kActions, name); }
std::optional<Limit> parse_limit(std::string_view name) { return find<Limit>(kLimits, name); }

}  // namespace mayfly
