// SPDX-License-Identifier: Apache-2.0
// Tasks on machines from a pool: what is told of the machine, and when.
#include "runner_bench.h"

namespace mayfly::test {
namespace {

constexpr PoolOptions kRestored{.size = 0, .snapshots = true};

TEST_CASE("a task on a restored machine ends as on one that booted") {
  TaskBench bench("none", kRestored);
  bench.add_disk();
  const TaskResult r = bench.run(TaskBench::spec({"print", "x"}));
  CHECK(r.ending == Ending::exited_zero);
  CHECK(r.out == "x");
  REQUIRE(r.machine.has_value());
  CHECK(r.machine->restored);
  CHECK_FALSE(r.machine->hit);
  CHECK(r.machine->launch > 0);
  CHECK(r.machine->load > 0);
  CHECK(r.machine->boot > 0);
}

TEST_CASE("a machine that booted says so") {
  TaskBench bench;
  const TaskResult r = bench.run(TaskBench::spec({"print"}));
  REQUIRE(r.machine.has_value());
  CHECK_FALSE(r.machine->restored);
  CHECK(r.machine->launch > 0);
  CHECK(r.machine->boot > 0);
}

TEST_CASE("each task finds the disk as its template left it") {
  TaskBench bench("none", kRestored);
  bench.add_disk();
  for (int i = 0; i < 2; ++i) {
    TaskSpec writing = TaskBench::spec({"/bin/sh", "-c", "mine"});
    CHECK(bench.run(std::move(writing)).ending == Ending::exited_zero);
    CHECK(bench.run(TaskBench::spec({"disk"})).out == "overlay\n65534 ran sync");
  }
}

TEST_CASE("the times of a task are in their order") {
  TaskBench bench;
  const TaskTiming t = bench.run(TaskBench::spec({"print", "x"})).timing;
  CHECK(t.queue == 0);  // is the batch's to say
  CHECK(t.claim > 0);
  CHECK(t.claim < t.first_output);
  CHECK(t.first_output <= t.result);
  CHECK(t.exec > 0);
  CHECK(t.claim + t.exec <= t.result);
  CHECK(t.teardown > 0);
  CHECK(t.result + t.teardown <= t.total);
}

TEST_CASE("a time that never came is 0") {
  TaskBench silent;
  CHECK(silent.run(TaskBench::spec({"exit", "0"})).timing.first_output == 0);
  TaskBench denied;
  TaskSpec spec = TaskBench::spec({"print"});
  spec.permissions.emplace();
  const TaskResult r = denied.run(std::move(spec));
  CHECK(r.timing.claim == 0);
  CHECK(r.timing.exec == 0);
  CHECK_FALSE(r.machine.has_value());
  TaskBench failed("exits");
  const TaskResult never = failed.run(TaskBench::spec({"print"}));
  CHECK(never.timing.claim == 0);
  CHECK_FALSE(never.machine.has_value());
}

TEST_CASE("the outcome is told once, before the machine is gone") {
  for (const std::string program : {"print", "missing", "die"}) {
    CAPTURE(program);
    TaskBench bench;
    int outcomes = 0;
    std::size_t living = 0;
    bench.run(TaskBench::spec({program, "9"}), {.on_outcome = [&] {
                ++outcomes;
                living = children().size();
              }});
    CHECK(outcomes == 1);
    CHECK(living == 1);
  }
}

TEST_CASE("the outcome of a cancelled task is told as well") {
  TaskBench bench("silent-exec");
  int outcomes = 0;
  TaskSpec spec = TaskBench::spec({"print"});
  bench.on_silence([&] { bench.runner().cancel("enough"); });
  bench.run(std::move(spec), {.on_outcome = [&] { ++outcomes; }});
  bench.run(TaskBench::spec({"print"}), {.on_outcome = [&] { ++outcomes; }});
  CHECK(outcomes == 2);
}

TEST_CASE("a task is cancelled while its template is being built") {
  TaskBench bench("silent-boot", kRestored);
  bench.on_silence([&] { bench.runner().cancel("enough"); });
  const TaskResult r = bench.run(TaskBench::spec({"print"}));
  CHECK(r.ending == Ending::cancelled);
  CHECK_FALSE(r.machine.has_value());
  CHECK(r.timing.claim == 0);
  CHECK_FALSE(r.host.cpu_ns.has_value());
}

TEST_CASE("a restore that fails is the infrastructure's fault, and may be tried again") {
  TaskBench bench("exits-in-load", kRestored);
  const TaskResult r = bench.run(TaskBench::spec({"print"}));
  CHECK(r.ending == Ending::vmm_exited);
  CHECK(describe(r.ending).retryable);
  CHECK(r.error->stage == "boot");
  CHECK(r.host.cpu_ns.has_value());
}

TEST_CASE("what the pool launched ahead does not outlive the task's run") {
  TaskBench bench("none", {.size = 3, .snapshots = true});
  CHECK(bench.run(TaskBench::spec({"print"})).ending == Ending::exited_zero);  // checks for processes
}

}  // namespace
}  // namespace mayfly::test
