// SPDX-License-Identifier: Apache-2.0
#include "task/task_path.h"

#include <algorithm>
#include <climits>

#include "base/encoding.h"

namespace mayfly {
namespace {

Result<void> check_bytes(std::string_view path) {
  if (path.empty()) return Error("must be a non-empty path");
  if (path.find('\0') != std::string_view::npos || !is_utf8(path)) return Error("must be a path in UTF-8 without NUL");
  if (path.size() >= PATH_MAX) return Error("is longer than the " + std::to_string(PATH_MAX - 1) + " bytes that a path can have");
  return {};
}

// Takes the first part off `rest`, with the slashes around it.
std::string_view take_part(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of('/'), rest.size()));
  const std::string_view part = rest.substr(0, rest.find('/'));
  rest.remove_prefix(part.size());
  return part;
}

Result<std::string> normal_form(std::string_view path) {
  if (auto checked = check_bytes(path); !checked) return std::move(checked).error();
  std::string normal(path.starts_with('/') ? "/" : "");
  for (std::string_view rest = path, part; !(part = take_part(rest)).empty();) {
    if (part == ".") continue;
    if (part == "..") return Error("must not hold '..': a relative path stays below the task's cwd, any other is written out");
    if (part.size() > NAME_MAX) return Error("holds a name of more than " + std::to_string(NAME_MAX) + " bytes");
    if (!normal.empty() && normal.back() != '/') normal += '/';
    normal += part;
  }
  return normal;
}

}  // namespace

Result<std::string> read_file_path(std::string_view path) {
  auto normal = normal_form(path);
  if (!normal) return normal;
  const bool is_directory = normal->empty() || path.ends_with('/') || path.ends_with("/.");
  if (is_directory) return Error("must be the path of a file, not of a directory");
  return normal;
}

Result<std::string> read_directory_path(std::string_view path) {
  auto normal = normal_form(path);
  if (normal && !path.starts_with('/')) return Error("must be an absolute path");
  return normal;
}

}  // namespace mayfly
