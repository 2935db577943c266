// SPDX-License-Identifier: Apache-2.0
#include "jail/profile.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <sstream>

#include "profiles.h"

namespace mayfly {
namespace {

using Words = std::vector<std::string>;

Words words_of(const std::string& line) {
  std::istringstream in(line.substr(0, line.find('#')));
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int> parse_errno(std::string_view name) {
  for (int code : {ENOSYS, EPERM, EACCES, EINVAL}) {
    if (name == ::strerrorname_np(code)) return code;
  }
  return std::nullopt;
}

// "arg1 == 5" or "arg1 & 0xff00 == 0xae00"
std::optional<SyscallRule::Argument> parse_condition(const Words& words) {
  const bool masked = words.size() == 5 && words[1] == "&" && words[3] == "==";
  if (!masked && !(words.size() == 3 && words[1] == "==")) return std::nullopt;
  const auto index = words[0].starts_with("arg") ? parse_number(std::string_view(words[0]).substr(3)) : std::nullopt;
  const auto mask = masked ? parse_number(words[2]) : ~std::uint64_t{0};
  const auto value = parse_number(words.back());
  if (!index || *index > 5 || !mask || !value) return std::nullopt;
  return SyscallRule::Argument{static_cast<unsigned>(*index), *mask, *value};
}

// Conditions with "and" between them. Empty: they are wrong.
std::vector<SyscallRule::Argument> parse_conditions(Words::const_iterator at, Words::const_iterator end) {
  std::vector<SyscallRule::Argument> arguments;
  while (at != end) {
    const auto stop = std::find(at, end, "and");
    const auto argument = parse_condition(Words(at, stop));
    if (!argument || (stop != end && stop + 1 == end)) return {};
    arguments.push_back(*argument);
    at = stop == end ? end : stop + 1;
  }
  return arguments;
}

// "CALL…" or "CALL if CONDITION…"
bool add_calls(Profile& profile, Words::const_iterator at, Words::const_iterator end, int error) {
  if (end - at > 1 && at[1] == "if") {
    auto arguments = parse_conditions(at + 2, end);
    if (arguments.empty()) return false;
    profile.syscalls.push_back({*at, error, std::move(arguments)});
    return true;
  }
  for (auto call = at; call != end; ++call) profile.syscalls.push_back({*call, error, {}});
  return at != end;
}

bool refuse(Profile& profile, const Words& words) {
  const auto error = words.size() > 2 ? parse_errno(words[1]) : std::nullopt;
  return error && add_calls(profile, words.begin() + 2, words.end(), *error);
}

bool add_device(Profile& profile, const Words& words) {
  const auto type = words.size() == 3 && words[1].starts_with('/') ? parse_number(words[2]) : std::nullopt;
  if (!type || *type > 0xff) return false;
  profile.devices.push_back({words[1], static_cast<std::uint8_t>(*type)});
  return true;
}

bool include(Profile& profile, const std::string& what) {
  auto strict = what == "strict" ? parse_profile(profile.name, kStrictProfile) : Error("only 'strict' can be included");
  if (strict) profile = *std::move(strict);
  return strict.ok();
}

bool add_path(std::vector<std::string>& paths, const Words& words, bool absolute) {
  if (words.size() != 2 || (absolute && !words[1].starts_with('/'))) return false;
  paths.push_back(words[1]);
  return true;
}

bool parse_statement(Profile& profile, const Words& words) {
  const std::string& verb = words.front();
  if (verb == "module") return add_path(profile.modules, words, false);
  if (verb == "file") return add_path(profile.files, words, false);
  if (verb == "tree") return add_path(profile.trees, words, true);
  if (verb == "device") return add_device(profile, words);
  if (verb == "allow") return add_calls(profile, words.begin() + 1, words.end(), 0);
  if (verb == "refuse") return refuse(profile, words);
  if (verb == "include") return words.size() == 2 && include(profile, words[1]);
  return false;
}

}  // namespace

Result<Profile> parse_profile(std::string name, std::string_view text) {
  Profile profile;
  profile.name = std::move(name);
  std::istringstream in{std::string(text)};
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const Words words = words_of(line);
    if (words.empty() || parse_statement(profile, words)) continue;
    return Error("jail profile " + profile.name + ", line " + std::to_string(number) + ": '" + line + "' is no statement");
  }
  return profile;
}

Result<Profile> builtin_profile(const std::string& name) {
  if (name == "strict") return parse_profile(name, kStrictProfile);
  if (name == "compat") return parse_profile(name, kCompatProfile);
  return Error("there is no jail profile '" + name + "'").hint("choose strict or compat");
}

}  // namespace mayfly
