// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/result.h"
#include "base/shared_bytes.h"
#include "judge/checker.h"
#include "judge/comparison.h"
#include "task/limits.h"

namespace mayfly {

// Bounds of what one line may hold and one task may leave behind; docs/reference.md has them.
inline constexpr std::size_t kMaxCases = 10'000;
inline constexpr std::size_t kMaxFiles = 10'000;  // the checker's as many
inline constexpr std::size_t kMaxArtifacts = 1'000;
inline constexpr std::size_t kMaxVariables = 10'000;
inline constexpr std::int64_t kMaxFileBytes = 256LL << 20;     // of a task's files, all together
inline constexpr std::int64_t kMaxArtifactBytes = 64LL << 20;  // likewise
inline constexpr std::int64_t kMaxCaseBytes = 64LL << 20;      // that cases have printed; more is judged and not kept

// members() of each of these structures is whatever of it can change a result, for who has to go over all of that. A
// member that is added stops it from compiling until it has its place there, or is named as one that changes nothing.

struct TaskFile {
  std::string path;  // as task_path.h reads it; relative ones start at the task's cwd
  SharedBytes content;
  std::uint32_t mode = 0644;
};

inline auto members(const TaskFile& file) {
  const auto& [path, content, mode] = file;
  return std::tie(path, content, mode);
}

// One run of a task's program among several, all on one machine. What it does not say is as the task says.
struct TaskCase {
  std::string id;
  std::string stdin_data;
  std::optional<std::string> expected_stdout;  // absent: whatever it prints is right
  std::optional<std::int64_t> timeout_ms;
  std::optional<std::int64_t> memory_bytes;
};

inline auto members(const TaskCase& test) {
  const auto& [id, stdin_data, expected_stdout, timeout_ms, memory_bytes] = test;
  return std::tie(id, stdin_data, expected_stdout, timeout_ms, memory_bytes);
}

// A program of the task's author that judges what a case printed, where many outputs are right. It is run after a case
// that ended well.
struct TaskChecker {
  std::string language;  // of the task's image
  CheckerProtocol protocol = CheckerProtocol::plain;
  std::optional<std::string> source = {};  // these three as the task's own
  std::string entry = {};
  std::vector<TaskFile> files = {};
  std::vector<std::string> args = {};  // behind the names of the three files
  std::optional<std::int64_t> timeout_ms = {};  // of one judgement
  std::optional<std::int64_t> memory_bytes = {};
};

inline auto members(const TaskChecker& checker) {
  const auto& [language, protocol, source, entry, files, args, timeout_ms, memory_bytes] = checker;
  return std::tie(language, protocol, source, entry, files, args, timeout_ms, memory_bytes);
}

// One task as it was asked for: a program, what goes in, what comes out.
struct TaskSpec {
  std::string id;
  std::int64_t line = 0;  // of the input, from 1; 0: not from a batch
  std::string image = "base";
  std::string bin;                    // empty: the program is in `language`
  std::vector<std::string> args;
  std::string language;               // of the image; empty: `bin` is the program
  std::optional<std::string> source;  // the program's text; absent: it is in `files`
  std::string entry;                  // the file that it begins in; empty: see plan_programs()
  bool sandbox = false;               // its programs run as an ordinary user, confined: protocol/message.h
  bool check = false;                 // by the language's own checker, first
  std::vector<TaskCase> cases;        // empty: the program runs once
  Comparison comparison;              // of the cases' outputs with those that were expected
  std::optional<TaskChecker> checker;  // of the cases; absent: their outputs are compared
  bool report_imports = false;        // the result tells what its source imports
  bool stop_at_failure = false;       // the cases behind the first that fails are not run
  std::map<std::string, std::string> env;
  std::string cwd = "/work";
  std::string stdin_data;
  bool stdin_stream = false;  // then more stdin comes from mayfly's own stdin
  std::vector<TaskFile> files;
  bool absolute_files = false;  // they may be anywhere but in the system's folders: no stranger chose their names
  std::vector<std::string> artifacts;
  std::optional<std::vector<std::string>> permissions;
  Limits limits;
  std::string labels = "{}";  // JSON object, handed back as it came
  std::int64_t held_bytes = 0;  // of memory that it takes itself, about: its line and its files
};

inline auto members(const TaskSpec& spec) {
  const auto& [id, line, image, bin, args, language, source, entry, sandbox, check, cases,
               comparison, checker, report_imports, stop_at_failure, env, cwd, stdin_data,
               stdin_stream, files, absolute_files, artifacts, permissions, limits, labels,
               held_bytes] = spec;
  static_cast<void>(line);  // a task that has moved is the same task
  static_cast<void>(held_bytes);
  return std::tie(id, image, bin, args, language, source, entry, sandbox, check, cases, comparison,
                  checker, report_imports, stop_at_failure, env, cwd, stdin_data, stdin_stream,
                  files, absolute_files, artifacts, permissions, limits, labels);
}

// What every program finds in its environment unless the task says otherwise; HOME comes to it when it is planned.
std::map<std::string, std::string> default_environment();

struct SpecDefaults {
  Limits limits;
  Ceilings ceilings = {};
  std::string image = "base";
  // Directory below which files[].src may name host files; empty: src is refused. Lines of
  // a batch may come from strangers, and must not read the host's files by default.
  std::string source_root;
  // The image of tasks that name a language and no image, by the language's name; others get `image`.
  std::map<std::string, std::string> language_images = {};
};

// Reads one NDJSON line: mayfly's own record, or the short request {"cmd":"exec","bin",…,"timeout"}.
// The error names the field. An absent id becomes default_id().
Result<TaskSpec> parse_task(std::string_view json, std::int64_t line, const SpecDefaults& defaults);

// "line-<line>"
std::string default_id(std::int64_t line);

// The id that a line gives itself, if it has a valid one, whatever else is wrong with the line: it need not even be
// JSON. Else empty. For the record of a line that is no task.
std::string id_of_line(std::string_view json);

// Checks what the codec cannot: id, texts, paths, of which it makes the normal form (task_path.h).
Result<void> validate(TaskSpec& spec);

// Of a task whose words are more than a request can hold.
inline constexpr const char* kTooManyWords =
    "the program's arguments, environment and permissions are larger than 1 MiB together";

// True if `bin` may run under `permissions` (absent: anything may).
bool is_permitted(const std::optional<std::vector<std::string>>& permissions, const std::string& bin);

}  // namespace mayfly
