// SPDX-License-Identifier: Apache-2.0
//
// The id of a line that need not be JSON.
#include <algorithm>
#include <cstddef>

#include "base/id.h"
#include "base/json.h"
#include "task/task_spec.h"

namespace mayfly {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

// Bytes of an id, each written as an escape.
constexpr std::size_t kLongestId = 64 * 6;

// Goes over a text as JSON's tokens would, and complains of nothing.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  // Goes behind the next `"id" :` of the outermost object. False: there is none.
  bool find_id() {
    skip_blanks();
    if (!rest_.starts_with('{')) return false;
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '"') {
        if (take_string() == "id" && depth_ == 1 && take_colon()) return true;
        continue;
      }
      if (c == '{' || c == '[') ++depth_;
      if (c == '}' || c == ']') --depth_;
      rest_.remove_prefix(1);
    }
    return false;
  }

  // What is between its quotes, as it is written; empty: there is no whole string here.
  std::string_view take_string() {
    if (!rest_.starts_with('"')) return {};
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
    const bool whole = end < rest_.size();
    const std::string_view text = whole ? rest_.substr(1, end - 1) : std::string_view();
    rest_.remove_prefix(whole ? end + 1 : rest_.size());
    return text;
  }

  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size())); }

 private:
  bool take_colon() {
    skip_blanks();
    if (!rest_.starts_with(':')) return false;
    rest_.remove_prefix(1);
    skip_blanks();
    return true;
  }

  std::string_view rest_;
  int depth_ = 0;
};

// As JSON means what is between two quotes; empty if it means nothing.
std::string unescaped(std::string_view written) {
  if (written.size() > kLongestId || written.find('\\') == std::string_view::npos) return std::string(written);
  const auto text = parse_json('"' + std::string(written) + '"');
  return text && text->IsString() ? std::string(as_view(*text)) : "";
}

}  // namespace

std::string id_of_line(std::string_view json) {
  Scanner scanner(json);
  if (!scanner.find_id()) return "";
  const std::string id = unescaped(scanner.take_string());
  return is_valid_id(id) ? id : "";
}

}  // namespace mayfly
