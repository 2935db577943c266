// SPDX-License-Identifier: Apache-2.0
#include "guest/exec_check.h"

#include "guest/cell.h"
#include "protocol/own_directory.h"

namespace mayfly::guest {
namespace {

ErrorReply invalid(const std::string& why) { return {Refusal::invalid, why}; }

// A NUL would cut the text short without a word.
bool holds_nul(const std::string& text) { return text.find('\0') != std::string::npos; }

std::optional<ErrorReply> check_environment(const std::string& field, const std::map<std::string, std::string>& environment) {
  for (const auto& [name, value] : environment) {
    if (holds_nul(name) || holds_nul(value)) return invalid("'" + field + "' holds a NUL character");
    if (name.empty() || name.find('=') != std::string::npos) {
      return invalid("'" + field + "' holds a name that is empty or has a '='");
    }
  }
  return std::nullopt;
}

std::optional<ErrorReply> check_texts(const ExecRequest& request) {
  if (request.bin.empty()) return invalid("'bin' is empty");
  if (holds_nul(request.bin)) return invalid("'bin' holds a NUL character");
  if (holds_nul(request.cwd)) return invalid("'cwd' holds a NUL character");
  for (const std::string& arg : request.args) {
    if (holds_nul(arg)) return invalid("'args' holds a NUL character");
  }
  if (auto wrong = check_environment("env", request.env)) return wrong;
  return request.prestart ? check_environment("prestart", *request.prestart) : std::nullopt;
}

std::optional<ErrorReply> check_sandbox(const std::optional<Sandbox>& sandbox) {
  if (!sandbox) return std::nullopt;
  const char* wrong = is_checkers(sandbox->directory) ? nullptr : check_own_directory(sandbox->directory);
  if (wrong) {
    return invalid(std::string("'sandbox.directory' ") + wrong);
  }
  const auto made = make_own_directory(sandbox->directory);
  if (!made) return ErrorReply{Refusal::cannot_run, made.error().message()};
  return std::nullopt;
}

}  // namespace

std::optional<ErrorReply> check_exec(const ExecRequest& request) {
  if (auto wrong = check_texts(request)) return wrong;
  return check_sandbox(request.sandbox);
}

}  // namespace mayfly::guest
