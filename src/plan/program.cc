// SPDX-License-Identifier: Apache-2.0
#include "plan/program.h"

#include <algorithm>
#include <cmath>

#include "base/printable.h"
#include "judge/checker.h"
#include "source_text.h"

namespace mayfly {
namespace {

using Kind = ProgramKind;

// Generators of random numbers that look at the clock to see whether they are to be seeded anew, as
// OpenSSL's do, will do so in each clone: 2000-01-01.
constexpr std::int64_t kLongAgo = 946'684'800LL * kSecond;
constexpr std::int64_t kPrestartTimeoutMs = 60'000;

// No program is as long, but one that was written to fill a disk.
constexpr std::int64_t kCompilerFileBytes = 256LL << 20;

Error no_such_language(const std::string& name, const TaskSpec& spec,
                       const std::vector<Language>& languages) {
  std::string known;
  for (const Language& language : languages) known += (known.empty() ? "" : ", ") + language.name;
  return Error("image '" + spec.image + "' has no language '" + shown(name) + "'; it has " +
               (known.empty() ? "none" : known));
}

Sandbox sandbox_of(const std::string& directory, const Limits& limits) {
  Sandbox sandbox;
  sandbox.directory = directory;
  sandbox.cpu_ms = limits.cpu_ms.value_or(0);
  sandbox.processes = limits.processes.value_or(kDefaultProcesses);
  sandbox.open_files = limits.open_files.value_or(kDefaultOpenFiles);
  sandbox.file_bytes = limits.file_bytes.value_or(0);
  // One that floods one of them is ended in the guest, and its machine goes on: the host can only
  // end both.
  sandbox.stdout_bytes =
      std::min(limits.stdout_bytes.value_or(limits.output_bytes), limits.output_bytes);
  sandbox.stderr_bytes =
      std::min(limits.stderr_bytes.value_or(limits.output_bytes), limits.output_bytes);
  return sandbox;
}

Words command_of(std::string bin, Words args) {
  args.insert(args.begin(), std::move(bin));
  return args;
}

void set_command(ExecRequest& exec, Words argv) {
  exec.bin = std::move(argv.front());
  argv.erase(argv.begin());
  exec.args = std::move(argv);
}

TaskProgram make_program(const TaskSpec& spec, const Limits& limits, Kind kind, Words argv,
                         std::int64_t timeout_ms) {
  TaskProgram program;
  program.kind = kind;
  set_command(program.exec, std::move(argv));
  program.exec.env = spec.env;
  program.exec.env.try_emplace("HOME",
                               spec.sandbox ? "/tmp" : "/root");  // a place where it may write
  program.exec.cwd = spec.cwd;
  program.exec.timeout_ms = timeout_ms;
  program.exec.memory_bytes = limits.memory_bytes;
  program.exec.permissions = spec.permissions;
  program.exec.sync = limits.disk_bytes.has_value();
  program.output_bytes = limits.output_bytes;
  if (spec.sandbox) program.exec.sandbox = sandbox_of(spec.cwd, limits);
  return program;
}

TaskProgram make_run(const TaskSpec& spec, Words argv) {
  TaskProgram program =
      make_program(spec, spec.limits, Kind::run, std::move(argv), spec.limits.timeout_ms);
  // Of several cases none leaves anything.
  if (program.exec.sandbox)
    program.exec.sandbox->keep = !spec.artifacts.empty() && spec.cases.size() <= 1;
  return program;
}

// A compiler's own needs are not its program's: it has what the program may, and never less than
// the default.
Limits limits_before(const Limits& of_program) {
  Limits limits;
  limits.disk_bytes = of_program.disk_bytes;
  limits.memory_bytes = std::max(of_program.memory_bytes, kDefaultMemoryBytes);
  limits.output_bytes = kDefaultOutputBytes;  // words for people
  limits.processes = std::max(of_program.processes.value_or(0), kDefaultProcesses);
  limits.open_files = std::max(of_program.open_files.value_or(0), kDefaultOpenFiles);
  limits.file_bytes = std::max(of_program.file_bytes.value_or(0), kCompilerFileBytes);
  return limits;
}

TaskProgram make_preparing(const TaskSpec& spec, Kind kind, Words argv) {
  return make_program(spec, limits_before(spec.limits), kind, std::move(argv),
                      spec.limits.compile_ms.value_or(kDefaultCompileMs));
}

// What the language takes for itself is not taken from its program.
void make_allowance(const Language& language, ExecRequest& exec) {
  const auto times = [](double factor, std::int64_t number) {
    return static_cast<std::int64_t>(std::llround(factor * static_cast<double>(number)));
  };
  exec.timeout_ms = times(language.time_factor, exec.timeout_ms);
  exec.memory_bytes =
      times(language.memory_factor, exec.memory_bytes) + language.memory_reserve_bytes;
  if (!exec.sandbox) return;
  exec.sandbox->processes += language.processes;
  exec.sandbox->cpu_ms = times(language.time_factor, exec.sandbox->cpu_ms);
}

// Of its cases, too: all are run by the same words.
std::int64_t most_memory(const TaskSpec& spec) {
  std::int64_t most = spec.limits.memory_bytes;
  for (const TaskCase& test : spec.cases) most = std::max(most, test.memory_bytes.value_or(0));
  return most;
}

// A text in some language: what comes before its program, and that itself.
Result<TaskPlan> plan_text(TaskSpec& spec, const Language& language) {
  const auto entry = find_entry(spec, language);
  if (!entry) return entry.error();
  spec.language = language.name;  // it may have been an alias
  const Words sources = sources_of(spec, language, *entry);
  const std::int64_t memory = most_memory(spec);
  for (const auto& [name, value] : language.env) spec.env.try_emplace(name, fill_in(value, memory));
  TaskPlan plan;
  if (spec.check && language.check.empty())
    return Error("field 'check': " + language.name + " has nothing to check a program with");
  if (spec.check)
    plan.check = make_preparing(spec, Kind::check, fill_in(language.check, sources, memory));
  if (!language.compile.empty())
    plan.compile = make_preparing(spec, Kind::compile, fill_in(language.compile, sources, memory));
  Words words = fill_in(language.run, sources, memory);
  words.insert(words.end(), spec.args.begin(), spec.args.end());
  plan.run = make_run(spec, std::move(words));
  return plan;
}

// A task's checker as a task of its own.
TaskSpec as_task(const TaskChecker& checker, const std::string& image) {
  TaskSpec spec;
  spec.image = image;
  spec.source = checker.source;
  spec.entry = checker.entry;
  spec.files = checker.files;
  spec.sandbox = true;
  spec.env = default_environment();
  spec.cwd = kCheckerDirectory;
  spec.args = arguments_of(checker.protocol);
  spec.args.insert(spec.args.end(), checker.args.begin(), checker.args.end());
  spec.limits.timeout_ms = checker.timeout_ms.value_or(kDefaultTimeoutMs);
  spec.limits.memory_bytes = checker.memory_bytes.value_or(kDefaultMemoryBytes);
  return spec;
}

// Its program as what judges a case.
TaskProgram make_judge(TaskProgram program, CheckerProtocol protocol, const Language& language) {
  program.kind = Kind::judge;
  program.exec.sandbox->fresh = true;
  set_command(program.exec, command_for(protocol, command_of(program.exec.bin, program.exec.args)));
  make_allowance(language, program.exec);
  return program;
}

// What makes the checker, and what runs it. Its files go in with the first of them.
Result<void> plan_checker(const TaskSpec& spec, const std::vector<Language>& languages,
                          TaskPlan& plan) {
  const Language* language = find_language(languages, spec.checker->language);
  if (!language) return no_such_language(spec.checker->language, spec, languages);
  TaskSpec checker = as_task(*spec.checker, spec.image);
  auto planned = plan_text(checker, *language);
  if (!planned) return std::move(planned).error();
  for (TaskFile& file : checker.files) file.mode = kCheckerFileMode;
  (planned->compile ? *planned->compile : planned->run).files = std::move(checker.files);
  plan.make_checker = std::move(planned->compile);
  if (plan.make_checker) plan.make_checker->kind = Kind::make_checker;
  plan.judge = make_judge(std::move(planned->run), spec.checker->protocol, *language);
  return {};
}

// What each case may take; `language` may be null.
std::vector<TaskPlan::CaseLimits> limits_of_cases(const TaskSpec& spec, const TaskProgram& run,
                                                  const Language* language) {
  std::vector<TaskPlan::CaseLimits> all;
  for (const TaskCase& test : spec.cases) {
    ExecRequest exec;
    exec.timeout_ms = test.timeout_ms.value_or(run.exec.timeout_ms);
    exec.memory_bytes = test.memory_bytes.value_or(run.exec.memory_bytes);
    if (language) make_allowance(*language, exec);
    all.push_back({exec.timeout_ms, exec.memory_bytes});
  }
  return all;
}

// What makes the task's own program, and that itself.
Result<TaskPlan> plan_program(TaskSpec& spec, const Language* language) {
  if (language) return plan_text(spec, *language);
  TaskPlan plan;
  plan.run = make_run(spec, command_of(spec.bin, spec.args));
  return plan;
}

}  // namespace

Result<TaskPlan> plan_programs(TaskSpec& spec, const std::vector<Language>& languages,
                               double time_factor) {
  const Language* language = find_language(languages, spec.language);
  if (!spec.language.empty() && !language) return no_such_language(spec.language, spec, languages);
  auto plan = plan_program(spec, language);
  if (!plan) return plan;
  TaskProgram& run = plan->run;
  run.stdin_stream = spec.stdin_stream && spec.cases.empty();
  // A single one leaves nothing to others: it is what any program is, and may find an interpreter
  // that waits.
  if (run.exec.sandbox) run.exec.sandbox->fresh = spec.cases.size() > 1;
  if (spec.checker) {
    if (auto planned = plan_checker(spec, languages, *plan); !planned)
      return std::move(planned).error().context("field 'checker'");
  }
  plan->cases = limits_of_cases(spec, run, language);
  if (language) make_allowance(*language, run.exec);
  plan->total_ms = spec.limits.total_ms;
  for (TaskProgram* program : plan->programs()) {
    const auto& sandbox = program->exec.sandbox;
    program->cpu_ms = sandbox ? sandbox->cpu_ms : spec.limits.cpu_ms.value_or(0);
  }
  plan->scale_times(time_factor);
  return plan;
}

std::map<std::string, ExecRequest> plan_prestarts(const std::vector<Language>& languages) {
  std::map<std::string, ExecRequest> prestarts;
  for (const Language& language : languages) {
    if (language.prestart.empty()) continue;
    TaskSpec spec;
    spec.language = language.name;
    spec.source = "";
    spec.sandbox = true;
    spec.env = default_environment();
    const auto plan = plan_programs(spec, languages);
    if (!plan) continue;
    ExecRequest& exec = prestarts[language.name] = plan->run.exec;
    exec.prestart = language.prestart;
    exec.realtime_ns = kLongAgo;
    exec.memory_bytes = 0;  // until its task is there
    exec.timeout_ms = kPrestartTimeoutMs;
    exec.sync = true;
  }
  return prestarts;
}

}  // namespace mayfly
