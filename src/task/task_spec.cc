// SPDX-License-Identifier: Apache-2.0
#include "task/task_spec.h"

#include "base/id.h"
#include "base/json_fields.h"
#include "base/printable.h"
#include "judging_fields.h"
#include "protocol/default_path.h"
#include "task/execute.h"
#include "task_files.h"
#include "task_limits.h"
#include "task_validity.h"

namespace mayfly {
namespace {

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
void read_own_limits(JsonFields& f, Run& run, const Ceilings& ceilings) {
  const JsonValue* object = f.object("limits");
  if (!object) return;
  JsonFields limits(*object, f.path_of("limits"));
  for (auto [field, target] :
       {std::pair{"timeout_ms", &run.timeout_ms}, std::pair{"memory_bytes", &run.memory_bytes}}) {
    if (const auto value = read_limit(limits, field, limit_row(field), ceilings)) {
      *target = static_cast<std::int64_t>(*value);
    }
  }
  f.adopt(limits.finish());
}

TaskCase read_case(JsonFields& f, std::size_t number, const Ceilings& ceilings) {
  TaskCase test;
  test.id = f.string("id").value_or(std::to_string(number));
  if (!is_valid_id(test.id)) f.fail("id", not_an_id(test.id));
  test.stdin_data = f.bytes("stdin").value_or("");
  test.expected_stdout = f.bytes("expected_stdout");
  read_own_limits(f, test, ceilings);
  return test;
}

// What it does not say is as any task's, or the ceiling where that is less.
void lower_defaults(TaskChecker& checker, const Ceilings& ceilings) {
  Limits limits;
  ceilings.lower(limits);
  if (!checker.timeout_ms) checker.timeout_ms = limits.timeout_ms;
  if (!checker.memory_bytes) checker.memory_bytes = limits.memory_bytes;
}

void read_checker(JsonFields& f, TaskSpec& spec, const SpecDefaults& defaults, FileReader& files) {
  const JsonValue* object = f.object("checker");
  if (!object) return;
  if (spec.cases.empty()) return f.fail("checker", "needs 'cases'");
  JsonFields fields(*object, f.path_of("checker"));
  fields.require("language");
  TaskChecker checker{std::string(fields.string("language").value_or(""))};
  checker.protocol = read_protocol(fields);
  checker.source = fields.bytes("source");
  checker.entry = fields.string("entry").value_or("");
  checker.files = files.read(fields);
  checker.args = fields.strings("args").value_or(std::vector<std::string>{});
  read_own_limits(fields, checker, defaults.ceilings);
  lower_defaults(checker, defaults.ceilings);
  spec.checker = std::move(checker);
  f.adopt(fields.finish());
}

// Results name cases by their ids, so no two have the same.
void check_case_ids(JsonFields& f, const std::vector<TaskCase>& cases) {
  std::map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto [first, is_new] = seen.emplace(cases[i].id, i);
    if (is_new) continue;
    return f.fail("cases[" + std::to_string(i) + "].id",
                  "is '" + cases[i].id + "', as that of cases[" + std::to_string(first->second) + "]");
  }
}

void read_cases(JsonFields& f, TaskSpec& spec, const SpecDefaults& defaults) {
  spec.stop_at_failure = f.boolean("stop_at_failure").value_or(false);
  const JsonValue* array = f.array("cases");
  if (!array) return;
  if (f.has("stdin") || f.has("stdin_base64")) f.fail("stdin", "is each case's own");
  if (array->Empty()) return f.fail("cases", "must hold at least one");
  if (array->Size() > kMaxCases) {
    return f.fail("cases", "holds " + std::to_string(array->Size()) + ", and may hold " + std::to_string(kMaxCases));
  }
  for (const JsonValue& element : array->GetArray()) {
    JsonFields fields(element, "cases[" + std::to_string(spec.cases.size()) + "]");
    spec.cases.push_back(read_case(fields, spec.cases.size() + 1, defaults.ceilings));
    if (auto checked = fields.finish(); !checked) return f.adopt(std::move(checked));
  }
  check_case_ids(f, spec.cases);
}

// JSON lets two members of an object have one name, and nobody knows which is meant.
void check_names(JsonFields& f, std::string_view field, const JsonValue& object) {
  if (const auto twice = repeated_name(object)) f.fail(field, "has '" + shown(*twice) + "' twice");
}

void read_environment(JsonFields& f, TaskSpec& spec) {
  const JsonValue* object = f.object("env");
  if (!object) return;
  if (object->MemberCount() > kMaxVariables) {
    return f.fail("env", "holds " + std::to_string(object->MemberCount()) + ", and may hold " + std::to_string(kMaxVariables));
  }
  check_names(f, "env", *object);
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
  check_names(f, "labels", *object);
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  write_value(writer, *object);
  spec.labels = std::move(buffer.text());
}

// A program that was root could replace what judges it, and leave things for the cases behind it.
void read_sandbox(JsonFields& f, TaskSpec& spec) {
  const bool judged = !spec.cases.empty();
  spec.sandbox = f.boolean("sandbox").value_or(!spec.language.empty() || judged);
  if (judged && !spec.sandbox) {
    f.fail("sandbox", "must not be false with 'cases': outside of it a program could change what judges it");
  }
}

// mayfly's own record, and the short request {"cmd":"exec",…}.
void read_program(JsonFields& f, TaskSpec& spec, const SpecDefaults& defaults) {
  f.integer("schema", 1, 1);
  read_language(f, spec);
  read_command(f, spec);
  read_cases(f, spec, defaults);
  FileReader files(defaults.source_root);
  read_checker(f, spec, defaults, files);
  read_comparison(f, spec);
  read_environment(f, spec);
  spec.cwd = f.string("cwd").value_or(spec.cwd);
  spec.stdin_data = f.bytes("stdin").value_or("");
  read_sandbox(f, spec);
  // The short request gives the time-out beside the command; mayfly's record in limits.timeout_ms.
  const LimitRow& timeout = limit_row("timeout_ms");
  if (const auto value = read_limit(f, "timeout", timeout, defaults.ceilings)) set(spec.limits, timeout, *value);
  read_limits(f, spec.limits, defaults.ceilings);
  spec.files = files.read(f);
  spec.absolute_files = f.boolean("absolute_files").value_or(false);
  spec.artifacts = f.strings("artifacts").value_or(std::vector<std::string>{});
  if (spec.artifacts.size() > kMaxArtifacts)
    f.fail("artifacts",
           "holds " + std::to_string(spec.artifacts.size()) + ", and may hold " + std::to_string(kMaxArtifacts));
  spec.permissions = f.strings("permissions");
  read_labels(f, spec);
}

}  // namespace

std::map<std::string, std::string> default_environment() {
  return {{"PATH", std::string(kDefaultPath)}, {"LANG", "C.UTF-8"}};
}

Result<TaskSpec> parse_task(std::string_view json, std::int64_t line, const SpecDefaults& defaults) {
  auto document = parse_json(json);
  if (!document) return std::move(document).error();
  TaskSpec spec;
  spec.line = line;
  spec.image = defaults.image;
  spec.limits = defaults.limits;
  defaults.ceilings.lower(spec.limits);
  spec.env = default_environment();
  JsonFields f(*document, "");
  spec.id = f.string("id").value_or(default_id(line));
  if (is_execute(f)) {
    read_execute(f, spec, defaults.ceilings);
  } else {
    read_program(f, spec, defaults);
  }
  if (const auto found = defaults.language_images.find(spec.language); found != defaults.language_images.end()) spec.image = found->second;
  spec.image = f.string("image").value_or(spec.image);
  if (auto checked = f.finish(); !checked) return std::move(checked).error();
  spec.held_bytes = static_cast<std::int64_t>(json.size());
  for (const TaskFile& file : spec.files) spec.held_bytes += static_cast<std::int64_t>(file.content.size());
  if (auto valid = validate(spec); !valid) return std::move(valid).error();
  return spec;
}

std::string default_id(std::int64_t line) { return "line-" + std::to_string(line); }

}  // namespace mayfly
