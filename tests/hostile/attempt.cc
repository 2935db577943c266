// SPDX-License-Identifier: Apache-2.0
#include "attempt.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace hostile {
namespace {

constexpr int kExitUsage = 2;

std::string error_name(int code) {
  const char* name = ::strerrorname_np(code);
  return name ? name : std::to_string(code);
}

std::string with(std::string_view call, const std::string& rest) { return std::string(call) + ": " + rest; }

bool needs_quotes(char c) { return c < ' ' || c > '~' || c == '"' || c == '\\' || c == '\''; }

std::string printable(std::string text) {
  std::replace_if(text.begin(), text.end(), needs_quotes, '?');
  return text;
}

[[noreturn]] void refuse(const std::string& why) {
  const std::string line = "attacker: " + why + "\n";
  [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, line.data(), line.size());
  ::_exit(kExitUsage);
}

}  // namespace

Outcome success(std::string detail) { return {true, std::move(detail)}; }
Outcome denial(std::string why) { return {false, std::move(why)}; }

Outcome judge(std::string_view call, long result) {
  return result >= 0 ? success(with(call, "done")) : denial(with(call, error_name(errno)));
}

Outcome judge_permission(std::string_view call, long result, std::initializer_list<int> behind) {
  const int code = errno;
  if (result >= 0 || !std::ranges::count(behind, code)) return judge(call, result);
  return success(with(call, error_name(code) + ", which comes behind the permission check"));
}

Outcome reached(std::string_view call, long count, long wanted) {
  const std::string sum = std::to_string(count) + " of " + std::to_string(wanted);
  if (count >= wanted) return success(std::string(call) + ": " + sum);
  Outcome outcome = judge(call, -1);
  outcome.detail += " after " + sum;
  return outcome;
}

Attempt::Attempt(std::string name, std::span<char* const> words) : name_(std::move(name)) {
  for (const std::string word : words) {
    const std::size_t end = word.find('=');
    if (end == std::string::npos) refuse("'" + word + "' is not KEY=VALUE");
    words_[word.substr(0, end)] = word.substr(end + 1);
  }
}

const std::string& Attempt::text(const std::string& key) const {
  const auto found = words_.find(key);
  if (found == words_.end()) refuse(name_ + " needs " + key + "=…");
  return found->second;
}

long Attempt::number(const std::string& key) const {
  const std::string& word = text(key);
  char* end = nullptr;
  const long value = std::strtol(word.c_str(), &end, 0);
  if (word.empty() || *end) refuse(key + "=" + word + " is not a number");
  return value;
}

std::string Attempt::line(const Outcome& outcome) const {
  return "{\"attack\":\"" + name_ + "\",\"outcome\":\"" + (outcome.succeeded ? "succeeded" : "denied") +
         "\",\"detail\":\"" + printable(outcome.detail) + "\"}";
}

void Attempt::report(const Outcome& outcome) const {
  const std::string text = line(outcome) + "\n";
  [[maybe_unused]] const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
}

}  // namespace hostile
