// SPDX-License-Identifier: Apache-2.0
// What a task in a language is made of, before any machine.
#include "plan/program.h"

#include <doctest/doctest.h>

#include "helpers.h"

namespace mayfly {
namespace {

using Kind = ProgramKind;
using test::contains;

Language cpp() {
  Language language;
  language.name = "cpp";
  language.aliases = {"c++"};
  language.extensions = {".cpp", ".cc"};
  language.entry = "main.cpp";
  language.compile = {"g++", "-o", "{program}", "{sources}"};
  language.run = {"{program}.bin"};
  language.env = {{"LANG", "other"}, {"MORE", "yes"}};
  language.time_factor = 2;
  language.memory_reserve_bytes = 1000;
  language.processes = 7;
  return language;
}

TaskSpec spec_in(const std::string& language) {
  TaskSpec spec;
  spec.id = "x";
  spec.language = language;
  spec.sandbox = true;
  spec.env = {{"LANG", "C.UTF-8"}};
  return spec;
}

std::vector<std::string> argv_of(const TaskProgram& program) {
  std::vector<std::string> argv{program.exec.bin};
  argv.insert(argv.end(), program.exec.args.begin(), program.exec.args.end());
  return argv;
}

TaskPlan planned(TaskSpec spec, const std::vector<Language>& languages) {
  auto plan = plan_programs(spec, languages);
  REQUIRE(plan);
  return *std::move(plan);
}

std::string error_of(TaskSpec spec) {
  const auto plan = plan_programs(spec, {cpp()});
  REQUIRE_FALSE(plan);
  return plan.error().message();
}

TEST_CASE("a task without a language is one program, as it was asked for") {
  TaskSpec spec;
  spec.bin = "echo";
  spec.args = {"a"};
  const TaskPlan plan = planned(spec, {});
  REQUIRE(plan.programs().size() == 1);
  CHECK(argv_of(plan.run) == std::vector<std::string>{"echo", "a"});
  CHECK_FALSE(plan.run.exec.sandbox);
}

TEST_CASE(
    "a text becomes the language's entry, is compiled, and what that made is run with the task's "
    "arguments") {
  TaskSpec spec = spec_in("c++");
  spec.source = "int main() {}";
  spec.args = {"--", "-x"};
  const auto plan = plan_programs(spec, {cpp()});
  REQUIRE(plan);
  REQUIRE(plan->programs().size() == 2);
  REQUIRE(plan->compile);
  CHECK(argv_of(*plan->compile) == std::vector<std::string>{"g++", "-o", "./.program", "main.cpp"});
  CHECK(argv_of(plan->run) == std::vector<std::string>{"./.program.bin", "--", "-x"});
  REQUIRE(spec.files.size() == 1);
  CHECK(spec.files[0].path == "main.cpp");
  CHECK_FALSE(spec.source);
  const auto again = plan_programs(spec, {cpp()});  // for another attempt
  REQUIRE(again);
  CHECK(argv_of(*again->compile) == argv_of(*plan->compile));
}

TEST_CASE(
    "what the language needs for itself comes on top of its program's limits, and its environment "
    "below the task's") {
  TaskSpec spec = spec_in("cpp");
  spec.source = "";
  spec.limits.memory_bytes = 64 << 20;
  spec.limits.timeout_ms = 500;
  spec.limits.processes = 1;
  const TaskPlan plan = planned(spec, {cpp()});
  const ExecRequest& run = plan.run.exec;
  CHECK(run.timeout_ms == 1000);
  CHECK(run.memory_bytes == (64 << 20) + 1000);
  CHECK(run.sandbox->processes == 8);
  CHECK(run.env ==
        std::map<std::string, std::string>{{"HOME", "/tmp"}, {"LANG", "C.UTF-8"}, {"MORE", "yes"}});
  CHECK(plan.compile->exec.memory_bytes == kDefaultMemoryBytes);
  CHECK(plan.compile->exec.timeout_ms == kDefaultCompileMs);
}

TEST_CASE(
    "several files: the entry is named, or has the language's own name, or is the only one, or "
    "they are compiled together") {
  TaskSpec spec = spec_in("cpp");
  spec.files = {{"util.cc", ""}, {"data.txt", ""}, {"-odd.cpp", ""}};
  CHECK(plan_programs(spec, {cpp()}));
  Language each = cpp();
  each.compile = {"g++", "{entry}"};
  CHECK(contains(test::message_of(plan_programs(spec, {each})), "'entry' must say which"));
  spec.entry = "-odd.cpp";
  CHECK(argv_of(*planned(spec, {cpp()}).compile) ==
        std::vector<std::string>{"g++", "-o", "./.program", "./-odd.cpp", "util.cc"});
  spec.entry = "none.cpp";
  CHECK(contains(error_of(spec), "names none of the files"));
  spec.entry.clear();
  spec.files = {{"data.txt", ""}};
  CHECK(contains(error_of(spec), "no file is cpp"));
  spec.files = {{"b.cc", ""}, {"main.cpp", ""}};
  CHECK(plan_programs(spec, {cpp()}));
}

TEST_CASE(
    "a runtime's own limit lies above the task's, and is the same for all tasks up to the "
    "default") {
  Language runtime = cpp();
  runtime.compile.clear();
  runtime.run = {"run", "--heap={heap_mib}", "{entry}"};
  const auto heap = [&](std::int64_t memory_bytes) {
    TaskSpec spec = spec_in("cpp");
    spec.source = "text";
    spec.limits.memory_bytes = memory_bytes;
    return planned(spec, {runtime}).run.exec.args.front();
  };
  CHECK(heap(kMinMemoryBytes) == "--heap=640");
  CHECK(heap(kDefaultMemoryBytes) == "--heap=640");
  CHECK(heap(4LL << 30) == "--heap=5120");
}

TEST_CASE(
    "a runtime's stack ends before the task's memory does, and both are those of its largest "
    "case") {
  Language runtime = cpp();
  runtime.run = {"run", "{stack_mib}000", "{entry}"};
  runtime.env = {{"STACK", "{stack_mib}000"}};
  TaskSpec spec = spec_in("cpp");
  spec.source = "text";
  const auto stack = [&](std::int64_t memory_bytes) {
    TaskSpec task = spec;
    task.cases = {{"small", "", {}, {}, 1 << 20}, {"large", "", {}, {}, memory_bytes}};
    const TaskPlan plan = planned(task, {runtime});
    const std::string word = plan.run.exec.args.front();
    for (const TaskProgram* program : plan.programs()) CHECK(program->exec.env.at("STACK") == word);
    return word;
  };
  CHECK(stack(1 << 20) == "384000");
  CHECK(stack(1LL << 30) == "768000");
  CHECK(stack(8LL << 30) == "2000000");
}

TEST_CASE("what is started before its task is the program that a text of that language becomes") {
  Language waits = cpp();
  waits.compile.clear();
  waits.run = {"run", "{entry}"};
  waits.prestart = {{"WAIT", "1"}};
  Language plain = cpp();
  plain.name = "plain";
  plain.aliases.clear();
  const auto prestarts = plan_prestarts({plain, waits});
  REQUIRE(prestarts.size() == 1);
  const ExecRequest& exec = prestarts.at("cpp");
  CHECK(exec.prestart == waits.prestart);
  CHECK(exec.memory_bytes == 0);
  TaskSpec spec = spec_in("c++");
  spec.env = default_environment();
  spec.source = "text";
  const auto plan = plan_programs(spec, {waits});
  REQUIRE(plan);
  const ExecRequest& asked = plan->run.exec;
  CHECK(asked.bin == exec.bin);
  CHECK(asked.args == exec.args);
  CHECK(asked.env == exec.env);
  CHECK(asked.cwd == exec.cwd);
  CHECK(asked.sandbox->directory == exec.sandbox->directory);
  CHECK(spec.language == "cpp");  // an alias, before
}

TEST_CASE("what a language does not have is said") {
  CHECK(contains(error_of(spec_in("cobol")), "has no language 'cobol'; it has cpp"));
  TaskSpec spec = spec_in("cpp");
  spec.source = "";
  spec.check = true;
  CHECK(contains(error_of(spec), "nothing to check"));
}

TEST_CASE("each case is a run of its own, with its own input and limits") {
  TaskSpec spec = spec_in("cpp");
  spec.source = "";
  spec.cases = {{"a", "1", "one", {}, {}}, {"b", "2", {}, 7, 9}};
  const TaskPlan plan = planned(spec, {cpp()});
  CHECK(plan.program(Kind::run, 0).exec.timeout_ms == 2 * kDefaultTimeoutMs);
  CHECK(plan.program(Kind::run, 1).exec.timeout_ms == 14);
  CHECK(plan.program(Kind::run, 1).exec.memory_bytes == 1009);
}

TEST_CASE("what cases have in common is there once, however many they are") {
  TaskSpec spec = spec_in("cpp");
  spec.source = "text";
  spec.args = {std::string(1 << 20, 'x')};
  spec.cases.resize(kMaxCases);
  spec.cases.back().timeout_ms = 3;
  spec.checker = TaskChecker{"cpp", CheckerProtocol::plain, "checker's text"};
  const TaskPlan plan = planned(spec, {cpp()});
  CHECK(plan.programs().size() == 4);
  CHECK(plan.cases.size() == kMaxCases);
  CHECK(plan.program(Kind::run, kMaxCases - 1).exec.timeout_ms == 6);
  CHECK(plan.program(Kind::run, kMaxCases - 2).exec.timeout_ms == 2 * kDefaultTimeoutMs);
  CHECK(plan.program(Kind::run, kMaxCases - 1).exec.args.front().size() == 1 << 20);
}

TEST_CASE("a task's machine is large enough for whatever program of it needs most") {
  TaskSpec spec = spec_in("cpp");
  spec.source = "text";
  CHECK(planned(spec, {cpp()}).most_memory() == kDefaultMemoryBytes + 1000);
  spec.limits.memory_bytes = 64 << 20;
  CHECK(planned(spec, {cpp()}).most_memory() == kDefaultMemoryBytes);  // its compiler's
  spec.cases = {{.id = "a"}, {.id = "b", .memory_bytes = 2LL << 30}};
  CHECK(planned(spec, {cpp()}).most_memory() == (2LL << 30) + 1000);
  spec.checker = TaskChecker{.language = "cpp", .source = "text", .memory_bytes = 4LL << 30};
  CHECK(planned(spec, {cpp()}).most_memory() == (4LL << 30) + 1000);
}

TEST_CASE("a slow host gives more of all times, and of nothing else") {
  TaskSpec spec = spec_in("cpp");
  spec.source = "text";
  spec.limits.timeout_ms = 101;
  spec.limits.cpu_ms = 100;
  spec.limits.total_ms = 1001;
  spec.cases = {{.id = "a"}, {.id = "b", .timeout_ms = 10}};
  spec.checker = TaskChecker{.language = "cpp", .source = "text", .timeout_ms = 30};
  const auto plan = plan_programs(spec, {cpp()}, 1.5);
  REQUIRE(plan);
  CHECK(plan->compile->exec.timeout_ms == kDefaultCompileMs * 3 / 2);
  CHECK(plan->program(Kind::run, 0).exec.timeout_ms == 303);  // the language's factor comes first
  CHECK(plan->program(Kind::run, 1).exec.timeout_ms == 30);
  CHECK(plan->run.cpu_ms == 300);
  CHECK(plan->run.exec.sandbox->cpu_ms == 300);
  CHECK(plan->judge->exec.timeout_ms == 90);
  CHECK(plan->total_ms == 1502);
  CHECK(plan->run.exec.memory_bytes == kDefaultMemoryBytes + 1000);
  TaskSpec plain;
  plain.bin = "true";
  plain.limits.cpu_ms = 7;
  CHECK(planned(plain, {}).run.cpu_ms == 7);
  CHECK_FALSE(planned(plain, {}).total_ms.has_value());
}

TEST_CASE("what one case writes, the next does not find") {
  TaskSpec spec = spec_in("cpp");
  spec.source = "text";
  spec.cases = {{.id = "a"}, {.id = "b"}};
  const TaskPlan plan = planned(spec, {cpp()});
  CHECK_FALSE(plan.compile->exec.sandbox->fresh);
  CHECK(plan.run.exec.sandbox->fresh);
  spec.cases.pop_back();
  const TaskPlan alone = planned(spec, {cpp()});
  CHECK_FALSE(alone.run.exec.sandbox->fresh);
  CHECK_FALSE(alone.run.exec.sandbox->keep);
}

TEST_CASE(
    "what a program leaves in places of its own is kept for artifacts, if it is one and they are "
    "wanted") {
  TaskSpec spec = spec_in("cpp");
  spec.source = "text";
  spec.artifacts = {"/tmp/out"};
  const TaskPlan one = planned(spec, {cpp()});
  CHECK_FALSE(one.compile->exec.sandbox->keep);
  CHECK(one.run.exec.sandbox->keep);
  spec.cases = {{.id = "a"}, {.id = "b"}};
  CHECK_FALSE(planned(spec, {cpp()}).run.exec.sandbox->keep);
}

TEST_CASE("a program's limits are not its compiler's, which has the defaults at least") {
  TaskSpec spec = spec_in("cpp");
  spec.source = "text";
  spec.limits.file_bytes = spec.limits.cpu_ms = spec.limits.processes = spec.limits.open_files =
      spec.limits.stderr_bytes = 1;
  spec.limits.output_bytes = 10;
  const TaskPlan plan = planned(spec, {cpp()});
  const Sandbox compiler = *plan.compile->exec.sandbox;
  CHECK(compiler.file_bytes == 256 << 20);
  CHECK(compiler.cpu_ms == 0);
  CHECK(compiler.processes == kDefaultProcesses);
  CHECK(compiler.open_files == kDefaultOpenFiles);
  CHECK(compiler.stderr_bytes == kDefaultOutputBytes);
  CHECK(plan.compile->output_bytes == kDefaultOutputBytes);
  const Sandbox program = *plan.run.exec.sandbox;
  CHECK(program.stderr_bytes == 1);
  CHECK(program.stdout_bytes == 10);  // so that it is the program that ends, and not its machine
}

TEST_CASE("a home is where the program may write") {
  TaskSpec spec = spec_in("cpp");
  spec.source = "text";
  CHECK(planned(spec, {cpp()}).run.exec.env.at("HOME") == "/tmp");
  spec.env["HOME"] = "/elsewhere";
  CHECK(planned(spec, {cpp()}).run.exec.env.at("HOME") == "/elsewhere");
  TaskSpec root;
  root.bin = "true";
  CHECK(planned(root, {}).run.exec.env.at("HOME") == "/root");
}

TEST_CASE(
    "a checker is made once, in a directory of its own, and judges each case; it finds its text "
    "and the case's files") {
  Language script = cpp();
  script.name = "script";
  script.aliases.clear();
  script.compile.clear();
  script.run = {"run", "{entry}"};
  TaskSpec spec = spec_in("cpp");
  spec.source = "text";
  spec.cases = {{.id = "a"}, {.id = "b"}};
  spec.checker = TaskChecker{"cpp", CheckerProtocol::plain, "checker's text"};
  const auto plan = plan_programs(spec, {cpp(), script});
  REQUIRE(plan);
  CHECK(spec.files.size() == 1);  // the checker's are none of the task's
  const TaskPlan& made = *plan;
  REQUIRE(made.make_checker);
  CHECK(made.make_checker->kind == Kind::make_checker);
  CHECK(made.make_checker->files.front().content == "checker's text");
  CHECK(made.make_checker->exec.sandbox->directory == kCheckerDirectory);
  REQUIRE(made.judge);
  CHECK(made.judge->kind == Kind::judge);
  CHECK(made.judge->exec.args == std::vector<std::string>{"input", "output", "answer"});
  CHECK(made.judge->exec.sandbox->fresh);
  CHECK(made.judge->files.empty());
  spec.checker->language = "script";
  const TaskPlan read = planned(spec, {cpp(), script});
  CHECK_FALSE(read.make_checker);
  CHECK(read.judge->files.front().path == "main.cpp");
  spec.checker = TaskChecker{.language = "script",
                             .entry = "b.cpp",
                             .files = {{"a.cpp", ""}, {"b.cpp", "", 0644}},
                             .args = {"1e-6"},
                             .timeout_ms = 70,
                             .memory_bytes = 90};
  const TaskProgram judge = *planned(spec, {cpp(), script}).judge;
  CHECK(judge.exec.args == std::vector<std::string>{"b.cpp", "input", "output", "answer", "1e-6"});
  CHECK(judge.exec.timeout_ms == 140);
  CHECK(judge.exec.memory_bytes == 1090);
  for (const TaskFile& file : judge.files) CHECK(file.mode == 0600);
  spec.checker->language = "cobol";
  CHECK(contains(error_of(spec), "checker"));
  spec.checker->language = "cpp";
  spec.checker->protocol = CheckerProtocol::kattis;
  const ExecRequest shell = planned(spec, {cpp(), script}).judge->exec;
  CHECK(shell.bin == "/bin/sh");
  const std::vector<std::string> last(shell.args.end() - 4, shell.args.end());
  CHECK(last == std::vector<std::string>{"input", "answer", "feedback/", "1e-6"});
}

}  // namespace
}  // namespace mayfly
