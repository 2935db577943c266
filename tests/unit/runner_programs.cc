// SPDX-License-Identifier: Apache-2.0
// Tasks of several programs on one machine: compiler and cases.
#include "runner_bench.h"

namespace mayfly::test {
namespace {

TEST_CASE("a compiler that succeeds is reported beside the program, whose end is the task's") {
  const TaskResult r = run(language({"print", "compiled"}, {"print", "ran"}), text());
  CHECK(r.ending == Ending::exited_zero);
  CHECK(r.out == "ran");
  REQUIRE(r.before.size() == 1);
  CHECK(r.before[0].outcome.out == "compiled");
  CHECK(r.before[0].outcome.usage.has_value());
}

TEST_CASE("a compiler that fails, however, is the program's fault, and the program does not run") {
  for (const auto& [compile, code] : {std::pair{std::vector<std::string>{"warn", "wrong"}, 1}, {{"die", "11"}, -1}, {{"endless"}, -1}, {{"oom"}, -1}}) {
    CAPTURE(compile[0]);
    TaskSpec spec = text();
    spec.limits.compile_ms = compile[0] == "endless" ? 1 : 1'000'000;
    const TaskResult r = run(language(compile, {"print", "ran"}), spec);
    CHECK(r.ending == (compile[0] == "endless" ? Ending::compile_stopped : Ending::compile_failed));
    CHECK(describe(r.ending).fault == Fault::task);
    CHECK(r.out.empty());
    CHECK_FALSE(r.exit_code.has_value());
    REQUIRE(r.before.size() == 1);
    CHECK(r.before[0].outcome.exit_code.value_or(-1) == code);
  }
}

TEST_CASE("a compiler that is not there is no program's fault") {
  const TaskResult r = run(language({"missing"}, {"print", "ran"}), text());
  CHECK(r.ending == Ending::compiler_missing);
}

TEST_CASE("a compiler that the host has to end is ended by the host's word") {
  TaskSpec spec = text();
  spec.limits.compile_ms = 1;
  const TaskResult r = run(language({"endless"}, {"print", "ran"}), spec);
  CHECK(r.ending == Ending::compile_stopped);
  REQUIRE(r.error.has_value());
  CHECK(contains(r.error->message, "the compiler ran longer than 1 ms"));
}

TEST_CASE("a compiler that meets a limit of the sandbox says in the task's error which") {
  TaskSpec spec = text();
  spec.sandbox = true;
  const auto message = [&](std::vector<std::string> compile) {
    const TaskResult r = run(language(std::move(compile), {"print", "ran"}), spec);
    CHECK(r.ending == Ending::compile_failed);
    return r.error ? r.error->message : "";
  };
  CHECK(message({"warn", "as: File too large"}) == "the compiler met a limit: one file may have 256 MiB (file_bytes)");
  CHECK(message({"fork"}) == "the compiler met a limit: it may have 256 processes and threads at one time (processes)");
  CHECK(message({"oom"}) == "the compiler used more memory than it may: 512 MiB (memory_bytes)");
  CHECK(message({"warn", "error"}).empty());
}

TEST_CASE("a program that meets one keeps its verdict") {
  TaskSpec spec = text();
  spec.sandbox = true;
  const TaskResult r = run(language({}, {"fork"}), spec);
  CHECK(r.ending == Ending::exited_nonzero);
  REQUIRE(r.error.has_value());
  CHECK(r.error->message == "the program met a limit: it may have 256 processes and threads at one time (processes)");
}

TEST_CASE("cases run one after the other; the first that fails is the task's end") {
  TaskSpec spec = text();
  spec.cases = {{"right", "", "same \n", {}, {}}, {"wrong", "", "other", {}, {}}, {"any", "", {}, {}, {}}};
  SUBCASE("all of them") {
    const TaskResult r = run(language({}, {"print", "same"}), spec);
    CHECK(r.verdict() == Verdict::wrong_output);
    REQUIRE(r.error.has_value());
    CHECK(r.error->message == "case 'wrong' printed something else than was expected: line 1, 'same'");
    CHECK(r.comparison == "lines");
    REQUIRE(r.cases.size() == 3);
    CHECK(describe(r.cases[0].outcome.ending).verdict == Verdict::ok);
    CHECK(describe(r.cases[1].outcome.ending).verdict == Verdict::wrong_output);
    CHECK(describe(r.cases[2].outcome.ending).verdict == Verdict::ok);
    CHECK(r.cases[2].outcome.out == "same");
  }
  SUBCASE("up to the first that fails") {
    spec.stop_at_failure = true;
    CHECK(run(language({}, {"print", "same"}), spec).cases.size() == 2);
  }
  SUBCASE("after a program that crashes, too") {
    const TaskResult r = run(language({}, {"die", "11"}), spec);
    CHECK(r.verdict() == Verdict::signalled);
    CHECK(r.cases.size() == 3);
  }
}

TEST_CASE("that all is right is the host's word only where it has compared each output") {
  TaskSpec spec = text();
  spec.cases = {{"a", "", "same", {}, {}}, {"b", "", "same\n", {}, {}}};
  const TaskResult all = run(language({}, {"print", "same"}), spec);
  CHECK(all.ending == Ending::expected_output);
  CHECK(all.cases.at(0).outcome.ending == Ending::expected_output);
  CHECK_FALSE(all.error.has_value());
  spec.cases.push_back({"any", "", {}, {}, {}});
  const TaskResult some = run(language({}, {"print", "same"}), spec);
  CHECK(some.ending == Ending::exited_zero);
  CHECK(some.cases.at(2).outcome.ending == Ending::exited_zero);
}

TEST_CASE("what the host sees after all cases were right still counts") {
  TaskSpec spec = text();
  spec.cases = {{"a", "", "", {}, {}}};
  spec.artifacts = {"x"};
  const TaskResult r = run(language({}, {"last"}), spec);
  CHECK(r.verdict() == Verdict::infra_error);
}

TEST_CASE("outputs are compared as the task says, long ones too") {
  TaskSpec spec = text();
  std::string expected;
  std::string words;
  for (int i = 0; i < 200'000; ++i) expected += "1.0\n";
  for (int i = 0; i < 10'000; ++i) words += "1 ";
  spec.cases = {{"a", "", expected, {}, {}}, {"b", "", expected + "2", {}, {}}, {"c", "", expected, {}, {}}};
  spec.comparison.mode = Comparison::Mode::floats;
  const TaskResult r = run(language({}, {"repeat", "20", words}), spec);
  REQUIRE(r.cases.size() == 3);
  CHECK(r.cases[0].outcome.ending == Ending::expected_output);
  CHECK(r.cases[1].outcome.message == "case 'b' printed something else than was expected: it ends after 200000 words");
  CHECK(r.cases[2].outcome.ending == Ending::expected_output);
  CHECK(r.comparison == "float");
}

TEST_CASE("the first that fails is the task's end, whoever saw it and whatever comes later") {
  TaskSpec spec = text();
  spec.cases = {{"fails", "3", "", {}, {}}, {"wrong", "0", "other", {}, {}}};
  const TaskResult r = run(language({}, {"status"}), spec);
  CHECK(r.verdict() == Verdict::nonzero_exit);
  REQUIRE(r.cases.size() == 2);
  CHECK(describe(r.cases[1].outcome.ending).verdict == Verdict::wrong_output);
}

// A task with these cases, and a checker.
TaskSpec checked(std::vector<TaskCase> cases, CheckerProtocol protocol = CheckerProtocol::plain) {
  TaskSpec spec = text();
  spec.sandbox = true;
  spec.cases = std::move(cases);
  spec.checker = TaskChecker{"judge", protocol, "text"};
  return spec;
}

TaskResult run_checked(TaskSpec spec, std::vector<std::string> program, Language judge) {
  judge.name = "judge";
  TaskBench bench;
  bench.environment.languages = {language({}, std::move(program)), std::move(judge)};
  return bench.run(std::move(spec));
}

// Two cases of a program that prints "same", and how a checker with these words judges them.
TaskResult judged(std::vector<std::string> compile, std::vector<std::string> checker, bool stop = false, CheckerProtocol protocol = CheckerProtocol::plain) {
  TaskSpec spec = checked({{"a", "", "other", {}, {}}, {"b", "", {}, {}, {}}}, protocol);
  spec.stop_at_failure = stop;
  return run_checked(std::move(spec), {"print", "same"}, language(std::move(compile), std::move(checker)));
}

TEST_CASE("a checker's word is the case's verdict, and not what was expected") {
  const TaskResult right = judged({}, {"true"});
  CHECK(right.ending == Ending::exited_zero);
  REQUIRE(right.cases.size() == 2);
  CHECK(right.cases[0].outcome.out == "same");
  const TaskResult wrong = judged({"true"}, {"warn", "not good"});
  CHECK(wrong.ending == Ending::checker_rejected);  // by the guest's word
  REQUIRE(wrong.cases.size() == 2);
  for (const CaseResult& one : wrong.cases) CHECK(contains(one.outcome.message, "the checker says: not good"));
  CHECK(judged({}, {"warn", "no"}, true).cases.size() == 1);
}

TEST_CASE("a checker that cannot be made, or does not judge, is no program's fault, and ends the task") {
  for (const auto& [compile, checker] : {std::pair{std::vector<std::string>{"warn", "x"}, std::vector<std::string>{"true"}},
                                         {{}, {"die", "11"}}, {{}, {"missing"}}, {{}, {"oom"}}}) {
    CAPTURE(checker[0]);
    const TaskResult r = judged(compile, checker);
    CHECK(r.ending == Ending::checker_failed);
    CHECK(describe(r.ending).fault == Fault::config);
    CHECK(r.cases.size() < 2);
  }
  CHECK(judged({}, {"crash"}).verdict() == Verdict::infra_error);
}

TEST_CASE("points of a checker are the score of a case, and their sum that of the task") {
  const TaskResult points = judged({}, {"say", "7", "points 2.5 of 4"}, false, CheckerProtocol::testlib);
  CHECK(points.ending == Ending::exited_zero);
  REQUIRE(points.cases.size() == 2);
  CHECK(points.cases[0].score == 2.5);
  CHECK(points.cases[0].outcome.message == "the checker says: points 2.5 of 4");
  CHECK(points.score() == 5);
  const TaskResult partial = judged({}, {"say", "60", "partially correct (10) x"}, false, CheckerProtocol::testlib);
  CHECK(partial.ending == Ending::checker_rejected);
  CHECK(partial.score() == 20);
  CHECK_FALSE(judged({}, {"true"}, false, CheckerProtocol::testlib).score().has_value());
}

TEST_CASE("a task's permissions are for its own program, not for its checker") {
  TaskSpec spec = checked({{"a", "", "", {}, {}}});
  spec.permissions = {"print"};
  CHECK(run_checked(std::move(spec), {"print", "same"}, language({"true"}, {"true"})).ending == Ending::exited_zero);
}

TEST_CASE("a checker that says nothing is told by its end") {
  CHECK(judged({}, {"exit", "2"}).cases.at(0).outcome.message == "the checker says: (nothing; it ended with status 2)");
  CHECK(judged({}, {"die", "11"}).cases.at(0).outcome.message == "the checker did not judge: (nothing; it ended by signal 11)");
  CHECK(judged({}, {"warn", "two\nlines\n"}).cases.at(0).outcome.message == "the checker says: two\\x0alines");
}

TEST_CASE("a checker that fails is the task's end, though a case before was wrong already; a case without a judgement is not there") {
  Language judge = language({}, {"status"});
  TaskSpec spec = checked({{"wrong", "3", "", {}, {}}, {"unjudged", "0", "", {}, {}}});
  SUBCASE("it ends as it may not") { judge.run = {"die", "11"}; }
  SUBCASE("it never ends") {
    judge.run = {"say-and-hang"};
    spec.checker->timeout_ms = 1;
  }
  const TaskResult r = run_checked(std::move(spec), {"status"}, judge);
  CHECK(r.verdict() == Verdict::spec_error);
  REQUIRE(r.cases.size() == 2);
  CHECK(r.cases[0].outcome.ending == Ending::exited_nonzero);
  CHECK(r.cases[1].outcome.ending == (judge.run[0] == "die" ? Ending::checker_failed : Ending::checker_stopped));
}

TEST_CASE("a case whose checker never began is not there, or was never right") {
  const TaskResult r = run_checked(checked({{"a", "", {}, {}, {}}}), {"last"}, language({}, {"true"}));
  CHECK(r.verdict() == Verdict::infra_error);
  for (const CaseResult& one : r.cases) CHECK(one.outcome.ending != Ending::exited_zero);
}

TEST_CASE("when the time for all programs together is over, no other begins, and those before keep their results") {
  TaskSpec spec = text();
  spec.cases.assign(2000, {"c", "", {}, {}, {}});  // as many answers as no channel gives in a millisecond
  spec.limits.total_ms = 1;
  const TaskResult r = run(language({}, {"print", "x"}), spec);
  CHECK(r.ending == Ending::host_timeout);
  CHECK(r.cases.size() < spec.cases.size());
  for (std::size_t i = 0; i + 1 < r.cases.size(); ++i) CHECK(r.cases[i].outcome.ending == Ending::exited_zero);
}

TEST_CASE("a machine that dies under a case ends the task, and is nobody's wrong answer") {
  TaskSpec spec = text();
  spec.cases = {{"a", "", {}, {}, {}}, {"b", "", {}, {}, {}}};
  const TaskResult r = run(language({}, {"crash"}), spec);
  CHECK(r.verdict() == Verdict::infra_error);
}

TEST_CASE("a language that the image does not have is said before there is a machine") {
  TaskSpec spec = text();
  spec.language = "cobol";
  const TaskResult r = run(language({}, {"print"}), spec);
  CHECK(r.ending == Ending::unknown_language);
  CHECK_FALSE(r.machine.has_value());
}

}  // namespace
}  // namespace mayfly::test
