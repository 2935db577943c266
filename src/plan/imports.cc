// SPDX-License-Identifier: Apache-2.0
#include "plan/imports.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>

namespace mayfly {
namespace {

using Expressions = std::vector<std::unique_ptr<RE2>>;

// RE2 takes time in proportion to the text, whatever that is: https://github.com/google/re2/wiki/WhyRE2
Expressions expressions_of(const Language& language) {
  Expressions expressions;
  for (const std::string& text : language.imports) {
    auto expression = std::make_unique<RE2>(text, RE2::Quiet);
    if (expression->ok() && expression->NumberOfCapturingGroups() == 1) expressions.push_back(std::move(expression));
  }
  return expressions;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

void find_all(const RE2& expression, std::string_view line, std::set<std::string>& names) {
  const re2::StringPiece text(line.data(), line.size());
  std::array<re2::StringPiece, 2> found;  // all of it, and its group
  std::size_t from = 0;
  while (names.size() < kMostImports && from < text.size() &&
         expression.Match(text, from, text.size(), RE2::UNANCHORED, found.data(), 2)) {
    names.insert(std::string(found[1]));
    from = std::max<std::size_t>(found[0].end() - text.begin(), from + 1);
  }
}

}  // namespace

std::vector<std::string> imports_of(const Language& language, const std::vector<TaskFile>& files) {
  const Expressions expressions = expressions_of(language);
  std::set<std::string> names;
  std::size_t room = kMostImportBytes;
  for (const TaskFile& file : files) {
    if (!has_extension_of(language, file.path)) continue;
    std::string_view text = std::string_view(file.content.str()).substr(0, room);
    room -= text.size();
    while (!text.empty()) {
      const std::string_view line = take_line(text);
      for (const auto& expression : expressions) find_all(*expression, line, names);
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace mayfly
