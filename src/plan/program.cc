// SPDX-License-Identifier: Apache-2.0
#include "plan/program.h"

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "source_text.h"

namespace mayfly {
namespace {

using Kind = ProgramKind;

// Generators of random numbers that look at the clock to see whether they are to be seeded anew, as OpenSSL's do, will do
// so in each clone: 2000-01-01.
constexpr std::int64_t kLongAgo = 946'684'800LL * kSecond;
constexpr std::int64_t kPrestartTimeoutMs = 60'000;

// No program is as long, but one that was written to fill a disk.
constexpr std::int64_t kCompilerFileBytes = 256LL << 20;

Error no_such_language(const std::string& name, const TaskSpec& spec, const std::vector<Language>& languages) {
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
  // One that floods one of them is ended in the guest, and its machine goes on: the host can only end both.
  sandbox.stdout_bytes = std::min(limits.stdout_bytes.value_or(limits.output_bytes), limits.output_bytes);
  sandbox.stderr_bytes = std::min(limits.stderr_bytes.value_or(limits.output_bytes), limits.output_bytes);
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

ProgramStep make_step(const TaskSpec& spec, const Limits& limits, Kind kind, Words argv, std::int64_t timeout_ms) {
  ProgramStep step;
  step.kind = kind;
  set_command(step.exec, std::move(argv));
  step.exec.env = spec.env;
  step.exec.env.try_emplace("HOME", spec.sandbox ? "/tmp" : "/root");  // a place where it may write
  step.exec.cwd = spec.cwd;
  step.exec.timeout_ms = timeout_ms;
  step.exec.memory_bytes = limits.memory_bytes;
  step.exec.permissions = spec.permissions;
  step.exec.sync = limits.disk_bytes.has_value();
  step.output_bytes = limits.output_bytes;
  if (spec.sandbox) step.exec.sandbox = sandbox_of(spec.cwd, limits);
  return step;
}

ProgramStep make_run(const TaskSpec& spec, Words argv) {
  ProgramStep step = make_step(spec, spec.limits, Kind::run, std::move(argv), spec.limits.timeout_ms);
  // Of several cases none leaves anything.
  if (step.exec.sandbox) step.exec.sandbox->keep = !spec.artifacts.empty() && spec.cases.size() <= 1;
  return step;
}

// A compiler's own needs are not its program's: it has what the program may, and never less than the default.
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

ProgramStep make_step_before(const TaskSpec& spec, Kind kind, Words argv) {
  return make_step(spec, limits_before(spec.limits), kind, std::move(argv), spec.limits.compile_ms.value_or(kDefaultCompileMs));
}

// What the language takes for itself is not taken from its program.
void make_allowance(const Language& language, ExecRequest& exec) {
  const auto times = [](double factor, std::int64_t number) { return static_cast<std::int64_t>(std::llround(factor * static_cast<double>(number))); };
  exec.timeout_ms = times(language.time_factor, exec.timeout_ms);
  exec.memory_bytes = times(language.memory_factor, exec.memory_bytes) + language.memory_reserve_bytes;
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

// Of a text in some language: what comes before its program, and as the last that itself.
Result<std::vector<ProgramStep>> plan_text(TaskSpec& spec, const Language& language) {
  const auto entry = find_entry(spec, language);
  if (!entry) return entry.error();
  spec.language = language.name;  // it may have been an alias
  const Words sources = sources_of(spec, language, *entry);
  const std::int64_t memory = most_memory(spec);
  for (const auto& [name, value] : language.env) spec.env.try_emplace(name, fill_in(value, memory));
  std::vector<ProgramStep> steps;
  if (spec.check && language.check.empty()) return Error("field 'check': " + language.name + " has nothing to check a program with");
  if (spec.check) steps.push_back(make_step_before(spec, Kind::check, fill_in(language.check, sources, memory)));
  if (!language.compile.empty()) steps.push_back(make_step_before(spec, Kind::compile, fill_in(language.compile, sources, memory)));
  Words words = fill_in(language.run, sources, memory);
  words.insert(words.end(), spec.args.begin(), spec.args.end());
  steps.push_back(make_run(spec, std::move(words)));
  return steps;
}

// What makes the checker, and as the last what runs it.
Result<std::vector<ProgramStep>> plan_checker(const TaskSpec& spec, const std::vector<Language>& languages) {
  const Language* language = find_language(languages, spec.checker->language);
  if (!language) return no_such_language(spec.checker->language, spec, languages);
  TaskSpec checker;
  checker.image = spec.image;
  checker.source = spec.checker->source;
  checker.entry = spec.checker->entry;
  checker.files = spec.checker->files;
  checker.sandbox = true;
  checker.env = default_environment();
  checker.cwd = kCheckerDirectory;
  checker.args = arguments_of(spec.checker->protocol);
  checker.args.insert(checker.args.end(), spec.checker->args.begin(), spec.checker->args.end());
  checker.limits.timeout_ms = spec.checker->timeout_ms.value_or(kDefaultTimeoutMs);
  checker.limits.memory_bytes = spec.checker->memory_bytes.value_or(kDefaultMemoryBytes);
  auto steps = plan_text(checker, *language);
  if (!steps) return steps;
  for (ProgramStep& step : *steps) step.kind = Kind::make_checker;
  steps->front().files = std::move(checker.files);
  for (TaskFile& file : steps->front().files) file.mode = kCheckerFileMode;
  steps->back().kind = Kind::judge;
  ExecRequest& judge = steps->back().exec;
  judge.sandbox->fresh = true;
  set_command(judge, command_for(spec.checker->protocol, command_of(judge.bin, judge.args)));
  make_allowance(*language, judge);
  return steps;
}

// What each case may take; `language` may be null.
std::vector<TaskPlan::StepLimits> limits_of_cases(const TaskSpec& spec, const ProgramStep& run,
                                                  const Language* language) {
  std::vector<TaskPlan::StepLimits> all;
  for (const TaskCase& test : spec.cases) {
    ExecRequest exec;
    exec.timeout_ms = test.timeout_ms.value_or(run.exec.timeout_ms);
    exec.memory_bytes = test.memory_bytes.value_or(run.exec.memory_bytes);
    if (language) make_allowance(*language, exec);
    all.push_back({exec.timeout_ms, exec.memory_bytes});
  }
  return all;
}

// What a task's own program is made of, and as the last that itself.
Result<std::vector<ProgramStep>> plan_program(TaskSpec& spec, const Language* language) {
  if (language) return plan_text(spec, *language);
  return std::vector<ProgramStep>{make_run(spec, command_of(spec.bin, spec.args))};
}

}  // namespace

TaskPlan::TaskPlan(std::vector<ProgramStep> before, ProgramStep run, std::optional<ProgramStep> judge,
                   std::vector<StepLimits> cases)
    : before_(std::move(before)), run_(std::move(run)), judge_(std::move(judge)), cases_(std::move(cases)) {}

std::size_t TaskPlan::size() const { return before_.size() + (cases_.empty() ? 1 : cases_.size() * (judge_ ? 2 : 1)); }

const ProgramStep& TaskPlan::at(std::size_t number) const {
  if (number < before_.size()) return before_[number];
  return judge_ && (number - before_.size()) % 2 == 1 ? *judge_ : run_;
}

std::optional<std::size_t> TaskPlan::test(std::size_t number) const {
  if (number < before_.size() || cases_.empty()) return std::nullopt;
  return (number - before_.size()) / (judge_ ? 2 : 1);
}

TaskPlan::StepLimits TaskPlan::limits(std::size_t number) const {
  const ProgramStep& step = at(number);
  const auto of_case = test(number);
  StepLimits limits =
      of_case && step.kind == Kind::run ? cases_[*of_case] : StepLimits{step.exec.timeout_ms, step.exec.memory_bytes};
  limits.cpu_ms = step.exec.sandbox ? step.exec.sandbox->cpu_ms : 0;
  return limits;
}

ProgramStep TaskPlan::operator[](std::size_t number) const {
  ProgramStep step = at(number);
  step.test = test(number);
  const StepLimits own = limits(number);
  step.exec.timeout_ms = own.timeout_ms;
  step.exec.memory_bytes = own.memory_bytes;
  return step;
}

std::vector<const ProgramStep*> TaskPlan::programs() const {
  std::vector<const ProgramStep*> all;
  for (const ProgramStep& step : before_) all.push_back(&step);
  all.push_back(&run_);
  if (judge_) all.push_back(&*judge_);
  return all;
}

Result<TaskPlan> plan_programs(TaskSpec& spec, const std::vector<Language>& languages) {
  const Language* language = find_language(languages, spec.language);
  if (!spec.language.empty() && !language) return no_such_language(spec.language, spec, languages);
  auto before = plan_program(spec, language);
  if (!before) return std::move(before).error();
  ProgramStep run = std::move(before->back());
  before->pop_back();
  run.stdin_stream = spec.stdin_stream && spec.cases.empty();
  // A single one leaves nothing to others: it is what any program is, and may find an interpreter that waits.
  if (run.exec.sandbox) run.exec.sandbox->fresh = spec.cases.size() > 1;
  std::optional<ProgramStep> judge;
  if (spec.checker) {
    auto checker = plan_checker(spec, languages);
    if (!checker) return std::move(checker).error().context("field 'checker'");
    judge = std::move(checker->back());
    checker->pop_back();
    std::move(checker->begin(), checker->end(), std::back_inserter(*before));
  }
  auto cases = limits_of_cases(spec, run, language);
  if (language) make_allowance(*language, run.exec);
  return TaskPlan(*std::move(before), std::move(run), std::move(judge), std::move(cases));
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
    ExecRequest& exec = prestarts[language.name] = (*plan)[plan->size() - 1].exec;
    exec.prestart = language.prestart;
    exec.realtime_ns = kLongAgo;
    exec.memory_bytes = 0;  // until its task is there
    exec.timeout_ms = kPrestartTimeoutMs;
    exec.sync = true;
  }
  return prestarts;
}

}  // namespace mayfly
