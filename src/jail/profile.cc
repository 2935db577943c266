// SPDX-License-Identifier: Apache-2.0
#include "jail/profile.h"

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
  for (int code : {ENOSYS, EPERM, EACCES}) {
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

bool allow(Profile& profile, const Words& words) {
  if (words.size() > 3 && words[2] == "if") {
    const auto argument = parse_condition(Words(words.begin() + 3, words.end()));
    if (argument) profile.syscalls.push_back({words[1], 0, argument});
    return argument.has_value();
  }
  for (std::size_t i = 1; i < words.size(); ++i) profile.syscalls.push_back({words[i], 0, std::nullopt});
  return words.size() > 1;
}

bool refuse(Profile& profile, const Words& words) {
  const auto error = words.size() > 2 ? parse_errno(words[1]) : std::nullopt;
  for (std::size_t i = 2; error && i < words.size(); ++i) profile.syscalls.push_back({words[i], *error, std::nullopt});
  return error.has_value();
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
  if (verb == "device") return add_path(profile.devices, words, true);
  if (verb == "allow") return allow(profile, words);
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
