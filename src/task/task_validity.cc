// SPDX-License-Identifier: Apache-2.0
#include "task_validity.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/id.h"
#include "base/printable.h"
#include "protocol/message.h"
#include "protocol/own_directory.h"
#include "task/task_path.h"
#include "task/task_places.h"
#include "task/task_spec.h"

namespace mayfly {
namespace {

// Of each in a request: its quotes and a comma.
constexpr std::size_t kLeastPerWord = 3;

// What a program can be given and the channel can carry.
bool is_text(const std::string& text) {
  return text.find('\0') == std::string::npos && is_utf8(text);
}

// Puts `path` into its normal form; the error names the field that holds it.
Result<void> settle(std::string& path, const std::string& field, Result<std::string> (*read)(std::string_view)) {
  auto normal = read(path);
  if (!normal) return Error("field '" + field + "' " + normal.error().message());
  path = *std::move(normal);
  return {};
}

Result<void> settle_files(std::vector<TaskFile>& files, std::string& entry, const std::string& of) {
  if (!entry.empty()) {
    if (auto settled = settle(entry, of + "entry", read_file_path); !settled) return settled;
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (auto settled = settle(files[i].path, of + "files[" + std::to_string(i) + "].path", read_file_path); !settled) return settled;
  }
  return {};
}

// Before they are copied into each of the task's programs. What a program's request takes exactly is known when it is
// made.
Result<void> check_size_of_words(const TaskSpec& spec) {
  std::size_t bytes = spec.bin.size();
  for (const std::string& arg : spec.args) bytes += arg.size() + kLeastPerWord;
  for (const auto& [name, value] : spec.env) bytes += name.size() + value.size() + kLeastPerWord;
  for (const std::string& allowed : spec.permissions.value_or(std::vector<std::string>{})) {
    bytes += allowed.size() + kLeastPerWord;
  }
  if (bytes < kMaxChannelLine) return {};
  return Error(kTooManyWords);
}

Result<void> settle_cwd(TaskSpec& spec) {
  if (auto settled = settle(spec.cwd, "cwd", read_directory_path); !settled) return settled;
  const char* wrong = spec.sandbox ? check_own_directory(spec.cwd) : nullptr;
  if (wrong) return Error("field 'cwd' " + std::string(wrong) + ", and a program in the sandbox writes there");
  return {};
}

// Every path that a task holds. Artifacts stay as they are written, for the result to name them so.
Result<void> settle_paths(TaskSpec& spec) {
  if (auto settled = settle_cwd(spec); !settled) return settled;
  if (auto settled = settle_files(spec.files, spec.entry, ""); !settled) return settled;
  for (std::size_t i = 0; i < spec.artifacts.size(); ++i) {
    std::string path = spec.artifacts[i];
    if (auto settled = settle(path, "artifacts[" + std::to_string(i) + "]", read_file_path); !settled) return settled;
  }
  return spec.checker ? settle_files(spec.checker->files, spec.checker->entry, "checker.") : Result<void>();
}

}  // namespace

std::string not_an_id(std::string_view text) {
  return "must match [A-Za-z0-9][A-Za-z0-9._-]{0,63}, and is '" + shown(text) + "'";
}

Result<void> validate(TaskSpec& spec) {
  if (!is_valid_id(spec.id)) {
    return Error("field 'id' " + not_an_id(spec.id));
  }
  if (!is_valid_id(spec.image)) return Error("field 'image' " + not_an_id(spec.image));
  if (spec.bin.empty() && spec.language.empty()) return Error("the program's name is empty");
  if (!is_text(spec.bin) || !std::all_of(spec.args.begin(), spec.args.end(), is_text)) {
    return Error("a program's name and arguments must be UTF-8 without NUL");
  }
  for (const auto& [name, value] : spec.env) {
    if (!is_text(name) || !is_text(value)) return Error("field 'env' must hold UTF-8 without NUL");
  }
  if (auto fits = check_size_of_words(spec); !fits) return fits;
  if (auto settled = settle_paths(spec); !settled) return settled;
  return check_places(spec);
}

bool is_permitted(const std::optional<std::vector<std::string>>& permissions, const std::string& bin) {
  if (!permissions) return true;
  if (std::find(permissions->begin(), permissions->end(), bin) != permissions->end()) return true;
  // A name without '/' may still be allowed by the path that it resolves to, which only the
  // agent can know; it checks again.
  if (bin.find('/') != std::string::npos) return false;
  const std::string suffix = "/" + bin;
  return std::any_of(permissions->begin(), permissions->end(),
                     [&](const std::string& path) { return path.ends_with(suffix); });
}

}  // namespace mayfly
