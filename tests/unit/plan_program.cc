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

std::vector<std::string> argv_of(const ProgramStep& step) {
  std::vector<std::string> argv{step.exec.bin};
  argv.insert(argv.end(), step.exec.args.begin(), step.exec.args.end());
  return argv;
}

ProgramStep last_of(const Result<TaskPlan>& plan) {
  REQUIRE(plan);
  return (*plan)[plan->size() - 1];
}

std::string error_of(TaskSpec spec) {
  const auto planned = plan_programs(spec, {cpp()});
  REQUIRE_FALSE(planned);
  return planned.error().message();
}

TEST_CASE("a task without a language is one program, as it was asked for") {
  TaskSpec spec;
  spec.bin = "echo";
  spec.args = {"a"};
  const auto steps = plan_programs(spec, {});
  REQUIRE(steps);
  REQUIRE(steps->size() == 1);
  CHECK(argv_of((*steps)[0]) == std::vector<std::string>{"echo", "a"});
  CHECK_FALSE((*steps)[0].exec.sandbox);
}

TEST_CASE("a text becomes the language's entry, is compiled, and what that made is run with the task's arguments") {
  TaskSpec spec = spec_in("c++");
  spec.source = "int main() {}";
  spec.args = {"--", "-x"};
  const auto steps = plan_programs(spec, {cpp()});
  REQUIRE(steps);
  REQUIRE(steps->size() == 2);
  CHECK((*steps)[0].kind == Kind::compile);
  CHECK(argv_of((*steps)[0]) == std::vector<std::string>{"g++", "-o", "./.program", "main.cpp"});
  CHECK(argv_of((*steps)[1]) == std::vector<std::string>{"./.program.bin", "--", "-x"});
  REQUIRE(spec.files.size() == 1);
  CHECK(spec.files[0].path == "main.cpp");
  CHECK_FALSE(spec.source);
  const auto again = plan_programs(spec, {cpp()});  // for another attempt
  REQUIRE(again);
  CHECK(argv_of((*again)[0]) == argv_of((*steps)[0]));
}

TEST_CASE("what the language needs for itself comes on top of its program's limits, and its environment below the task's") {
  TaskSpec spec = spec_in("cpp");
  spec.source = "";
  spec.limits.memory_bytes = 64 << 20;
  spec.limits.timeout_ms = 500;
  spec.limits.processes = 1;
  const auto steps = plan_programs(spec, {cpp()});
  REQUIRE(steps);
  const ExecRequest& run = (*steps)[1].exec;
  CHECK(run.timeout_ms == 1000);
  CHECK(run.memory_bytes == (64 << 20) + 1000);
  CHECK(run.sandbox->processes == 8);
  CHECK(run.env == std::map<std::string, std::string>{{"HOME", "/tmp"}, {"LANG", "C.UTF-8"}, {"MORE", "yes"}});
  CHECK((*steps)[0].exec.memory_bytes == kDefaultMemoryBytes);  // the compiler's
  CHECK((*steps)[0].exec.timeout_ms == kDefaultCompileMs);
}

TEST_CASE("several files: the entry is named, or has the language's own name, or is the only one, or they are compiled together") {
  TaskSpec spec = spec_in("cpp");
  spec.files = {{"util.cc", ""}, {"data.txt", ""}, {"-odd.cpp", ""}};
  CHECK(plan_programs(spec, {cpp()}));
  Language each = cpp();
  each.compile = {"g++", "{entry}"};
  CHECK(contains(test::message_of(plan_programs(spec, {each})), "'entry' must say which"));
  spec.entry = "-odd.cpp";
  const auto steps = plan_programs(spec, {cpp()});
  REQUIRE(steps);
  CHECK(argv_of((*steps)[0]) == std::vector<std::string>{"g++", "-o", "./.program", "./-odd.cpp", "util.cc"});
  spec.entry = "none.cpp";
  CHECK(contains(error_of(spec), "names none of the files"));
  spec.entry.clear();
  spec.files = {{"data.txt", ""}};
  CHECK(contains(error_of(spec), "no file is cpp"));
  spec.files = {{"b.cc", ""}, {"main.cpp", ""}};
  CHECK(plan_programs(spec, {cpp()}));
}

TEST_CASE("a runtime's own limit lies above the task's, and is the same for all tasks up to the default") {
  Language runtime = cpp();
  runtime.compile.clear();
  runtime.run = {"run", "--heap={heap_mib}", "{entry}"};
  const auto heap = [&](std::int64_t memory_bytes) {
    TaskSpec spec = spec_in("cpp");
    spec.source = "text";
    spec.limits.memory_bytes = memory_bytes;
    return last_of(plan_programs(spec, {runtime})).exec.args.front();
  };
  CHECK(heap(kMinMemoryBytes) == "--heap=640");
  CHECK(heap(kDefaultMemoryBytes) == "--heap=640");
  CHECK(heap(4LL << 30) == "--heap=5120");
}

TEST_CASE("a runtime's stack ends before the task's memory does, and both are those of its largest case") {
  Language runtime = cpp();
  runtime.run = {"run", "{stack_mib}000", "{entry}"};
  runtime.env = {{"STACK", "{stack_mib}000"}};
  TaskSpec spec = spec_in("cpp");
  spec.source = "text";
  const auto stack = [&](std::int64_t memory_bytes) {
    TaskSpec task = spec;
    task.cases = {{"small", "", {}, {}, 1 << 20}, {"large", "", {}, {}, memory_bytes}};
    const auto steps = plan_programs(task, {runtime});
    REQUIRE(steps);
    const ExecRequest run = last_of(steps).exec;
    for (std::size_t i = 0; i < steps->size(); ++i) CHECK((*steps)[i].exec.env.at("STACK") == run.args.front());
    return run.args.front();
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
  const auto steps = plan_programs(spec, {waits});
  REQUIRE(steps);
  const ExecRequest& asked = (*steps)[steps->size() - 1].exec;
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
  const auto steps = plan_programs(spec, {cpp()});
  REQUIRE(steps);
  REQUIRE(steps->size() == 3);
  CHECK((*steps)[2].test == 1);
  CHECK((*steps)[2].exec.timeout_ms == 14);
  CHECK((*steps)[2].exec.memory_bytes == 1009);
}

TEST_CASE("what cases have in common is there once, however many they are") {
  TaskSpec spec = spec_in("cpp");
  spec.source = "text";
  spec.args = {std::string(1 << 20, 'x')};
  spec.cases.resize(kMaxCases);
  spec.cases.back().timeout_ms = 3;
  spec.checker = TaskChecker{"cpp", CheckerProtocol::plain, "checker's text"};
  const auto plan = plan_programs(spec, {cpp()});
  REQUIRE(plan);
  CHECK(plan->size() == 2 + 2 * kMaxCases);
  CHECK(plan->programs().size() == 4);
  CHECK(plan->test(plan->size() - 1) == kMaxCases - 1);
  CHECK(plan->kind(plan->size() - 1) == Kind::judge);
  CHECK(plan->limits(plan->size() - 2).timeout_ms == 6);
  CHECK(plan->limits(plan->size() - 4).timeout_ms == 2 * kDefaultTimeoutMs);
  CHECK((*plan)[plan->size() - 2].exec.args.front().size() == 1 << 20);
}

TEST_CASE("what one case writes, the next does not find") {
  TaskSpec spec = spec_in("cpp");
  spec.source = "text";
  spec.cases = {{.id = "a"}, {.id = "b"}};
  const auto steps = plan_programs(spec, {cpp()});
  REQUIRE(steps);
  REQUIRE(steps->size() == 3);
  CHECK_FALSE((*steps)[0].exec.sandbox->fresh);
  CHECK((*steps)[1].exec.sandbox->fresh);
  CHECK((*steps)[2].exec.sandbox->fresh);
  spec.cases.pop_back();
  const auto alone = plan_programs(spec, {cpp()});
  REQUIRE(alone);
  CHECK_FALSE((*alone)[alone->size() - 1].exec.sandbox->fresh);
  CHECK_FALSE((*alone)[alone->size() - 1].exec.sandbox->keep);
}

TEST_CASE("what a program leaves in places of its own is kept for artifacts, if it is one and they are wanted") {
  TaskSpec spec = spec_in("cpp");
  spec.source = "text";
  spec.artifacts = {"/tmp/out"};
  const auto one = plan_programs(spec, {cpp()});
  REQUIRE(one);
  CHECK_FALSE((*one)[0].exec.sandbox->keep);
  CHECK((*one)[one->size() - 1].exec.sandbox->keep);
  spec.source = "text";
  spec.files.clear();
  spec.cases = {{.id = "a"}, {.id = "b"}};
  const auto several = plan_programs(spec, {cpp()});
  REQUIRE(several);
  CHECK_FALSE((*several)[several->size() - 1].exec.sandbox->keep);
}

TEST_CASE("a program's limits are not its compiler's, which has the defaults at least") {
  TaskSpec spec = spec_in("cpp");
  spec.source = "text";
  spec.limits.file_bytes = spec.limits.cpu_ms = spec.limits.processes = spec.limits.open_files = spec.limits.stderr_bytes = 1;
  spec.limits.output_bytes = 10;
  const auto steps = plan_programs(spec, {cpp()});
  REQUIRE(steps);
  const Sandbox compiler = *(*steps)[0].exec.sandbox;
  CHECK(compiler.file_bytes == 256 << 20);
  CHECK(compiler.cpu_ms == 0);
  CHECK(compiler.processes == kDefaultProcesses);
  CHECK(compiler.open_files == kDefaultOpenFiles);
  CHECK(compiler.stderr_bytes == kDefaultOutputBytes);
  CHECK((*steps)[0].output_bytes == kDefaultOutputBytes);
  const Sandbox program = *(*steps)[steps->size() - 1].exec.sandbox;
  CHECK(program.stderr_bytes == 1);
  CHECK(program.stdout_bytes == 10);  // so that it is the program that ends, and not its machine
}

TEST_CASE("a home is where the program may write") {
  TaskSpec spec = spec_in("cpp");
  spec.source = "text";
  CHECK(last_of(plan_programs(spec, {cpp()})).exec.env.at("HOME") == "/tmp");
  spec.env["HOME"] = "/elsewhere";
  CHECK(last_of(plan_programs(spec, {cpp()})).exec.env.at("HOME") == "/elsewhere");
  TaskSpec root;
  root.bin = "true";
  CHECK(last_of(plan_programs(root, {})).exec.env.at("HOME") == "/root");
}

TEST_CASE("a checker is made once, in a directory of its own, and judges each case; it finds its text and the case's files") {
  Language script = cpp();
  script.name = "script";
  script.aliases.clear();
  script.compile.clear();
  script.run = {"run", "{entry}"};
  TaskSpec spec = spec_in("cpp");
  spec.source = "text";
  spec.cases = {{.id = "a"}, {.id = "b"}};
  spec.checker = TaskChecker{"cpp", CheckerProtocol::plain, "checker's text"};
  const auto kinds = [](const TaskPlan& plan) {
    std::vector<Kind> all;
    for (std::size_t i = 0; i < plan.size(); ++i) all.push_back(plan.kind(i));
    return all;
  };
  const auto steps = plan_programs(spec, {cpp(), script});
  REQUIRE(steps);
  CHECK(kinds(*steps) == std::vector<Kind>{Kind::compile, Kind::make_checker, Kind::run, Kind::judge, Kind::run, Kind::judge});
  CHECK((*steps)[1].files.front().content == "checker's text");
  CHECK((*steps)[1].exec.sandbox->directory == kCheckerDirectory);
  CHECK((*steps)[3].exec.args == std::vector<std::string>{"input", "output", "answer"});
  CHECK((*steps)[3].test == 0);
  CHECK((*steps)[5].test == 1);
  CHECK(spec.files.size() == 1);  // the checker's are none of the task's
  spec.checker->language = "script";
  const auto others = plan_programs(spec, {cpp(), script});
  REQUIRE(others);
  CHECK(kinds(*others) == std::vector<Kind>{Kind::compile, Kind::run, Kind::judge, Kind::run, Kind::judge});
  CHECK((*others)[2].files.front().path == "main.cpp");
  spec.checker = TaskChecker{.language = "script", .entry = "b.cpp", .files = {{"a.cpp", ""}, {"b.cpp", "", 0644}}, .args = {"1e-6"}, .timeout_ms = 70, .memory_bytes = 90};
  const auto several = plan_programs(spec, {cpp(), script});
  REQUIRE(several);
  const ProgramStep& judge = (*several)[2];
  CHECK(judge.exec.args == std::vector<std::string>{"b.cpp", "input", "output", "answer", "1e-6"});
  CHECK(judge.exec.timeout_ms == 140);
  CHECK(judge.exec.memory_bytes == 1090);
  for (const TaskFile& file : judge.files) CHECK(file.mode == 0600);
  spec.checker->language = "cobol";
  CHECK(contains(error_of(spec), "checker"));
  spec.checker->language = "cpp";
  spec.checker->protocol = CheckerProtocol::kattis;
  const auto validated = plan_programs(spec, {cpp(), script});
  REQUIRE(validated);
  const ExecRequest shell = (*validated)[validated->size() - 1].exec;
  CHECK(shell.bin == "/bin/sh");
  const std::vector<std::string> last(shell.args.end() - 4, shell.args.end());
  CHECK(last == std::vector<std::string>{"input", "answer", "feedback/", "1e-6"});
}

}  // namespace
}  // namespace mayfly
