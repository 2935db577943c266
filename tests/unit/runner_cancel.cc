// SPDX-License-Identifier: Apache-2.0
// Cancelling a task in each of its phases: one result, no process left.
#include "runner_bench.h"

namespace mayfly::test {
namespace {

void check_cancelled(const TaskResult& r, const char* stage) {
  CHECK(r.ending == Ending::cancelled);
  CHECK(r.verdict() == Verdict::cancelled);
  CHECK(describe(r.ending).fault == Fault::cancelled);
  REQUIRE(r.error.has_value());
  CHECK(r.error->stage == stage);
  CHECK(contains(r.error->message, "enough"));
}

// The task is cancelled when the fake has fallen silent where `trick` says.
TaskResult cancelled_in_silence(const char* trick, TaskSpec spec) {
  TaskBench bench(trick);
  bench.on_silence([&] { bench.runner().cancel("enough"); });
  return bench.run(std::move(spec));
}

TEST_CASE("cancelled while its machine is being made") {
  check_cancelled(cancelled_in_silence("no-greeting", TaskBench::spec({"print"})), "boot");
  check_cancelled(cancelled_in_silence("silent-boot", TaskBench::spec({"print"})), "boot");
  check_cancelled(cancelled_in_silence("silent-resume", TaskBench::spec({"print"})), "boot");
}

TEST_CASE("cancelled at once") {
  TaskBench bench;
  bench.ring().defer([&] { bench.ring().defer([&] { bench.runner().cancel("enough"); }); });
  check_cancelled(bench.run(TaskBench::spec({"print"})), "boot");
}

TEST_CASE("cancelled while its files go in") {
  TaskSpec spec = TaskBench::spec({"print"});
  spec.files = {{"f", "content", 0644}};
  check_cancelled(cancelled_in_silence("silent-put", std::move(spec)), "prepare");
}

TEST_CASE("cancelled while its program runs") {
  const TaskResult r = cancelled_in_silence("none", TaskBench::spec({"say-and-hang"}));
  check_cancelled(r, "exec");
  CHECK_FALSE(r.exit_code.has_value());
}

TEST_CASE("cancelled while its compiler runs: what that has said is kept") {
  TaskBench bench;
  bench.environment.languages = {language({"say-and-hang"}, {"print"})};
  bench.on_silence([&] { bench.runner().cancel("enough"); });
  const TaskResult r = bench.run(text());
  check_cancelled(r, "exec");
  REQUIRE(r.before.size() == 1);
  CHECK_FALSE(r.before[0].outcome.exit_code.has_value());
}

TEST_CASE("cancelled while its checker runs: nobody knows whether that case is right") {
  Language judge = language({"print", "made"}, {"say-and-hang"});
  judge.name = "judge";
  TaskBench bench;
  bench.environment.languages = {language({}, {"print", "x"}), judge};
  bench.on_silence([&] { bench.runner().cancel("enough"); });
  TaskSpec spec = text();
  spec.sandbox = true;
  spec.cases = {{"a", "", {}, {}, {}}, {"b", "", {}, {}, {}}};
  spec.checker = TaskChecker{"judge", CheckerProtocol::plain, "text"};
  const TaskResult r = bench.run(std::move(spec));
  check_cancelled(r, "exec");
  CHECK(r.cases.empty());
  REQUIRE(r.before.size() == 1);  // the checker's compiler
  CHECK(r.before[0].outcome.out == "made");
}

TEST_CASE("cancelled from inside its own output handler") {
  TaskBench bench;
  int outputs = 0;
  const TaskResult r =
      bench.run(TaskBench::spec({"flood"}), {.on_output = [&](bool, std::string_view) {
                  ++outputs;
                  bench.runner().cancel("enough");
                }});
  check_cancelled(r, "exec");
  CHECK(outputs == 1);
}

TEST_CASE("cancelled from inside its own stdin handler") {
  TaskBench bench;
  TaskSpec spec = TaskBench::spec({"cat"});
  spec.stdin_stream = true;
  check_cancelled(
      bench.run(std::move(spec), {.on_stdin_wanted = [&] { bench.runner().cancel("enough"); }}),
      "exec");
}

TEST_CASE("cancelled while its output is held back") {
  TaskBench bench;
  const TaskResult r =
      bench.run(TaskBench::spec({"flood"}), {.on_output = [&](bool, std::string_view) {
                  bench.runner().pause_output();
                  bench.ring().defer([&] {
                    bench.runner().cancel("enough");
                    bench.runner().resume_output();
                  });
                }});
  check_cancelled(r, "exec");
}

TEST_CASE("cancelled while its artifacts come out") {
  TaskSpec spec = TaskBench::spec({"exit", "0"});
  spec.artifacts = {"f"};
  check_cancelled(cancelled_in_silence("silent-get", std::move(spec)), "collect");
}

TEST_CASE("cancelling again, and cancelling what has ended, changes nothing") {
  TaskBench bench("silent-boot");
  bench.on_silence([&] {
    bench.runner().cancel("enough");
    bench.runner().cancel("enough");
    bench.ring().defer([&] { bench.runner().cancel("enough"); });
  });
  check_cancelled(bench.run(TaskBench::spec({"print"})), "boot");
  TaskBench denied;
  TaskSpec spec = TaskBench::spec({"print"});
  spec.permissions.emplace();
  denied.ring().defer([&] { denied.ring().defer([&] { denied.runner().cancel("enough"); }); });
  CHECK(denied.run(std::move(spec)).ending == Ending::permission_denied);
}

}  // namespace
}  // namespace mayfly::test
