// SPDX-License-Identifier: Apache-2.0
#include "guest/kernel_command_line.h"

namespace mayfly::guest {
namespace {

constexpr std::string_view kBlank = " \t\n";

}  // namespace

std::optional<std::string> kernel_option(std::string_view command_line, std::string_view name) {
  std::optional<std::string> value;
  while (!command_line.empty()) {
    const std::size_t end = std::min(command_line.find_first_of(kBlank), command_line.size());
    const std::string_view word = command_line.substr(0, end);
    command_line.remove_prefix(std::min(end + 1, command_line.size()));
    if (word.size() > name.size() && word.starts_with(name) && word[name.size()] == '=') {
      value = word.substr(name.size() + 1);
    }
  }
  return value;
}

}  // namespace mayfly::guest
