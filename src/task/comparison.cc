// SPDX-License-Identifier: Apache-2.0
#include "task/comparison.h"

#include <algorithm>

namespace mayfly {
namespace {

std::string_view without_trailing_blanks(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return without_trailing_blanks(line);
}

}  // namespace

bool is_expected(std::string_view output, std::string_view expected) {
  output = without_trailing_blanks(output);
  expected = without_trailing_blanks(expected);
  while (!output.empty() && !expected.empty()) {
    if (take_line(output) != take_line(expected)) return false;
  }
  return output.empty() && expected.empty();
}

}  // namespace mayfly
