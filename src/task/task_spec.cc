// SPDX-License-Identifier: Apache-2.0
#include "task/task_spec.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/id.h"
#include "base/json_fields.h"
#include "task/execute.h"
#include "task/task_path.h"
#include "task_files.h"

namespace mayfly {
namespace {

constexpr std::int64_t kMaxCount = 1LL << 40;

void read_limits(JsonFields& task, Limits& limits) {
  const JsonValue* object = task.object("limits");
  if (!object) return;
  JsonFields f(*object, "limits");
  limits.timeout_ms = f.integer("timeout_ms", 1, kMaxTimeoutMs).value_or(limits.timeout_ms);
  limits.output_bytes = f.integer("output_bytes", 0, kMaxOutputBytes).value_or(limits.output_bytes);
  limits.memory_bytes =
      f.integer("memory_bytes", kMinMemoryBytes, kMaxMemoryBytes).value_or(limits.memory_bytes);
  limits.cpus = f.number("cpus", 0.01, kMaxCpus).value_or(limits.cpus);
  const auto optional = [&f](std::string_view name, std::optional<std::int64_t>& out) {
    if (const auto value = f.integer(name, 1, kMaxCount)) out = value;
  };
  optional("compile_ms", limits.compile_ms);
  optional("total_ms", limits.total_ms);
  optional("file_bytes", limits.file_bytes);
  optional("cpu_ms", limits.cpu_ms);
  optional("disk_bytes", limits.disk_bytes);
  if (const auto rate = f.integer("io_bytes_per_s", kMinIoRate, kMaxCount)) limits.io_bytes_per_s = rate;
  optional("processes", limits.processes);
  optional("open_files", limits.open_files);
  optional("stdout_bytes", limits.stdout_bytes);
  optional("stderr_bytes", limits.stderr_bytes);
  if (auto checked = f.finish(); !checked) task.fail("limits", "is wrong: " + checked.error().message());
}

void read_command(JsonFields& f, TaskSpec& spec) {
  if (const auto command = f.string("cmd"); command && *command != "exec") {
    f.fail("cmd", "must be 'exec'");
  }
  auto argv = f.strings("argv");
  const auto bin = f.string("bin");
  auto args = f.strings("args");
  if (argv && (bin || args)) return f.fail("argv", "excludes 'bin' and 'args'");
  if (argv && argv->empty()) return f.fail("argv", "must hold at least the program");
  if (!spec.language.empty()) {
    if (argv || bin) f.fail("language", "excludes 'argv' and 'bin'; 'args' are the program's");
    spec.args = std::move(args).value_or(std::vector<std::string>{});
    return;
  }
  if (!argv && !bin) return f.fail("argv", "(or 'bin', or 'language') is missing: which program is to run?");
  if (argv) {
    spec.bin = argv->front();
    spec.args.assign(argv->begin() + 1, argv->end());
  } else {
    spec.bin = *bin;
    spec.args = std::move(args).value_or(std::vector<std::string>{});
  }
}

// A program by its text: `source`, or one or several of the files.
void read_language(JsonFields& f, TaskSpec& spec) {
  spec.language = f.string("language").value_or("");
  spec.source = f.bytes("source");
  spec.entry = f.string("entry").value_or("");
  spec.check = f.boolean("check").value_or(false);
  spec.report_imports = f.boolean("report_imports").value_or(false);
  if (!spec.language.empty()) return;
  for (const char* field : {"source", "source_base64", "entry", "check", "report_imports"}) {
    if (f.has(field)) f.fail(field, "needs 'language'");
  }
}

// Of a case or a checker.
template <typename Run>
void read_own_limits(JsonFields& f, Run& run) {
  const JsonValue* object = f.object("limits");
  if (!object) return;
  JsonFields limits(*object, f.path_of("limits"));
  run.timeout_ms = limits.integer("timeout_ms", 1, kMaxTimeoutMs);
  run.memory_bytes = limits.integer("memory_bytes", kMinMemoryBytes, kMaxMemoryBytes);
  if (auto checked = limits.finish(); !checked) f.fail("limits", checked.error().message());
}

TaskCase read_case(JsonFields& f, std::size_t number) {
  TaskCase test;
  test.id = f.string("id").value_or(std::to_string(number));
  test.stdin_data = f.bytes("stdin").value_or("");
  test.expected_stdout = f.bytes("expected_stdout");
  read_own_limits(f, test);
  return test;
}

void read_checker(JsonFields& f, TaskSpec& spec, const SpecDefaults& defaults) {
  const JsonValue* object = f.object("checker");
  if (!object) return;
  if (spec.cases.empty()) return f.fail("checker", "needs 'cases'");
  JsonFields fields(*object, f.path_of("checker"));
  fields.require("language");
  TaskChecker checker{std::string(fields.string("language").value_or(""))};
  checker.source = fields.bytes("source");
  checker.entry = fields.string("entry").value_or("");
  checker.files = read_task_files(fields, defaults.source_root);
  checker.args = fields.strings("args").value_or(std::vector<std::string>{});
  read_own_limits(fields, checker);
  spec.checker = std::move(checker);
  if (auto checked = fields.finish(); !checked) f.fail("checker", "is wrong: " + checked.error().message());
}

void read_cases(JsonFields& f, TaskSpec& spec) {
  spec.stop_at_failure = f.boolean("stop_at_failure").value_or(false);
  const JsonValue* array = f.array("cases");
  if (!array) return;
  if (f.has("stdin") || f.has("stdin_base64")) f.fail("stdin", "is each case's own");
  for (const JsonValue& element : array->GetArray()) {
    JsonFields fields(element, "cases[" + std::to_string(spec.cases.size()) + "]");
    spec.cases.push_back(read_case(fields, spec.cases.size() + 1));
    if (auto checked = fields.finish(); !checked) return f.fail("cases", "is wrong: " + checked.error().message());
  }
  if (spec.cases.empty()) f.fail("cases", "must hold at least one");
}

void read_environment(JsonFields& f, TaskSpec& spec) {
  const JsonValue* object = f.object("env");
  if (!object) return;
  for (const auto& member : object->GetObject()) {
    const std::string name(as_view(member.name));
    if (name.empty() || name.find_first_of(std::string_view("=\0", 2)) != std::string::npos) {
      f.fail("env", "has a name that is empty or holds '=' or NUL");
    } else if (!member.value.IsString()) {
      f.fail("env." + name, "must be a string");
    } else {
      spec.env[name] = as_view(member.value);
    }
  }
}

void read_labels(JsonFields& f, TaskSpec& spec) {
  const JsonValue* object = f.object("labels");
  if (!object) return;
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  write_value(writer, *object);
  spec.labels.assign(buffer.GetString(), buffer.GetSize());
}

// R2's request gives the time-out beside the command; mayfly's record in limits.timeout_ms.
void read_timeout(JsonFields& f, TaskSpec& spec) {
  const auto timeout = f.integer("timeout", 1, kMaxTimeoutMs);
  if (timeout) spec.limits.timeout_ms = *timeout;
}

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

// Every path that a task holds. Artifacts stay as they are written, for the result to name them so.
Result<void> settle_paths(TaskSpec& spec) {
  if (auto settled = settle(spec.cwd, "cwd", read_directory_path); !settled) return settled;
  if (auto settled = settle_files(spec.files, spec.entry, ""); !settled) return settled;
  for (std::size_t i = 0; i < spec.artifacts.size(); ++i) {
    std::string path = spec.artifacts[i];
    if (auto settled = settle(path, "artifacts[" + std::to_string(i) + "]", read_file_path); !settled) return settled;
  }
  return spec.checker ? settle_files(spec.checker->files, spec.checker->entry, "checker.") : Result<void>();
}

// mayfly's own record, and R2's.
void read_program(JsonFields& f, TaskSpec& spec, const SpecDefaults& defaults) {
  f.integer("schema", 1, 1);
  read_language(f, spec);
  read_command(f, spec);
  read_cases(f, spec);
  read_checker(f, spec, defaults);
  read_environment(f, spec);
  spec.cwd = f.string("cwd").value_or(spec.cwd);
  spec.stdin_data = f.bytes("stdin").value_or("");
  spec.sandbox = f.boolean("sandbox").value_or(!spec.language.empty());
  read_timeout(f, spec);
  read_limits(f, spec.limits);
  spec.files = read_task_files(f, defaults.source_root);
  spec.artifacts = f.strings("artifacts").value_or(std::vector<std::string>{});
  spec.permissions = f.strings("permissions");
  read_labels(f, spec);
}

}  // namespace

std::map<std::string, std::string> default_environment() {
  return {{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, {"LANG", "C.UTF-8"}};
}

Result<TaskSpec> parse_task(std::string_view json, std::int64_t line, const SpecDefaults& defaults) {
  auto document = parse_json(json);
  if (!document) return std::move(document).error();
  TaskSpec spec;
  spec.line = line;
  spec.image = defaults.image;
  spec.limits = defaults.limits;
  spec.env = default_environment();
  JsonFields f(*document, "");
  spec.id = f.string("id").value_or("line-" + std::to_string(line));
  if (is_execute(f)) {
    read_execute(f, spec);
  } else {
    read_program(f, spec, defaults);
  }
  if (const auto found = defaults.language_images.find(spec.language); found != defaults.language_images.end()) spec.image = found->second;
  spec.image = f.string("image").value_or(spec.image);
  if (auto checked = f.finish(); !checked) return std::move(checked).error();
  if (auto valid = validate(spec); !valid) return std::move(valid).error();
  return spec;
}

std::string id_of_line(std::string_view json) {
  const auto document = parse_json(json);
  const std::string_view id = document ? string_member(*document, "id") : std::string_view();
  return is_valid_id(id) ? std::string(id) : std::string();
}

Result<void> validate(TaskSpec& spec) {
  if (!is_valid_id(spec.id)) {
    return Error("field 'id' must match [A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  }
  if (!is_valid_id(spec.image)) return Error("field 'image' must match [A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  if (spec.bin.empty() && spec.language.empty()) return Error("the program's name is empty");
  if (!is_text(spec.bin) || !std::all_of(spec.args.begin(), spec.args.end(), is_text)) {
    return Error("a program's name and arguments must be UTF-8 without NUL");
  }
  for (const auto& [name, value] : spec.env) {
    if (!is_text(name) || !is_text(value)) return Error("field 'env' must hold UTF-8 without NUL");
  }
  return settle_paths(spec);
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
