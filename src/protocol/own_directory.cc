// SPDX-License-Identifier: Apache-2.0
#include "protocol/own_directory.h"

namespace mayfly {
namespace {

bool is_below(std::string_view path, std::string_view place) {
  return path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/');
}

}  // namespace

const char* check_own_directory(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return "holds a NUL character";
  if (!path.starts_with('/')) return "is not absolute";
  if (path.find_first_not_of('/') == std::string_view::npos) return "is the root";
  for (const std::string_view place : {"/dev", "/proc", "/run", "/sys", "/tmp"}) {
    if (is_below(path, place)) return "is in a place that each sandbox has of its own";
  }
  return nullptr;
}

}  // namespace mayfly
