// SPDX-License-Identifier: Apache-2.0
#include "task/task_places.h"

#include <algorithm>
#include <array>

#include "base/printable.h"

namespace mayfly {
namespace {

// What a Debian system is made of, and mayfly's own: /run has the checker's room, /.mayfly what cases write.
constexpr std::array<std::string_view, 14> kSystem = {"/.mayfly", "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32",
                                                      "/lib64", "/libx32", "/proc", "/run", "/sbin", "/sys", "/usr"};

bool is_absolute(std::string_view path) { return path.starts_with('/'); }

bool is_below(std::string_view path, std::string_view place) {
  return place == "/" || (path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/'));
}

Error wrong(const std::string& field, const std::string& path, const std::string& why) {
  return Error("field '" + field + "': '" + printable(path) + "' " + why);
}

Result<void> check_file(const std::string& field, const std::string& path, const TaskSpec& spec) {
  if (!is_absolute(path)) return {};
  if (is_in_system(path)) return wrong(field, path, "is in a folder of the system, which no task can change");
  if (spec.absolute_files || is_below(path, "/tmp") || is_below(path, spec.cwd)) return {};
  return wrong(field, path, "is neither below 'cwd' nor below /tmp; if the task's author, and no submission, chose "
                            "that path, say \"absolute_files\": true");
}

Result<void> check_files(const TaskSpec& spec) {
  for (std::size_t i = 0; i < spec.files.size(); ++i) {
    const std::string field = "files[" + std::to_string(i) + "].path";
    if (auto checked = check_file(field, spec.files[i].path, spec); !checked) return checked;
  }
  return check_file("entry", spec.entry, spec);
}

Result<void> check_checker_file(const std::string& field, const std::string& path) {
  if (!is_absolute(path)) return {};
  return wrong(field, path, "is absolute; a checker's files are below its own directory");
}

Result<void> check_checker(const TaskChecker& checker) {
  for (std::size_t i = 0; i < checker.files.size(); ++i) {
    const std::string field = "checker.files[" + std::to_string(i) + "].path";
    if (auto checked = check_checker_file(field, checker.files[i].path); !checked) return checked;
  }
  return check_checker_file("checker.entry", checker.entry);
}

// In the sandbox the program may write there whatever it likes.
Result<void> check_directory(const std::string& cwd) {
  if (!is_in_system(cwd)) return {};
  return wrong("cwd", cwd, "is in a folder of the system, which no program in the sandbox can change");
}

}  // namespace

bool is_in_system(std::string_view path) {
  return std::any_of(kSystem.begin(), kSystem.end(), [path](std::string_view place) { return is_below(path, place); });
}

Result<void> check_places(const TaskSpec& spec) {
  if (spec.sandbox) {
    if (auto checked = check_directory(spec.cwd); !checked) return checked;
  }
  if (auto checked = check_files(spec); !checked) return checked;
  return spec.checker ? check_checker(*spec.checker) : Result<void>();
}

}  // namespace mayfly
