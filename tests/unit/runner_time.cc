// SPDX-License-Identifier: Apache-2.0
// The host's clocks decide about limits of time, and count nothing that a machine could not have had.
#include <unistd.h>

#include "runner_bench.h"

namespace mayfly::test {
namespace {

// What each reading says more than the one before, of waiting up to `most`.
void each_reading_adds(TaskBench& bench, ServedTimes::Thread more, Nanoseconds most = kSecond) {
  bench.environment.parts.oversight.served_times = [total = ServedTimes::Thread{}, more, most]() mutable {
    total.ran += more.ran;
    total.waited = std::min(total.waited + more.waited, most);
    ServedTimes times;
    times.vcpus.push_back(total);
    return times;
  };
}

TaskSpec endless(std::int64_t timeout_ms) {
  TaskSpec spec = TaskBench::spec({"endless"});
  spec.limits.timeout_ms = timeout_ms;
  return spec;
}

TEST_CASE("a program that is over its time is ended by the agent, on the host's word") {
  TaskBench bench;
  const TaskResult r = bench.run(endless(1));
  CHECK(r.ending == Ending::host_timeout);
  CHECK(describe(r.ending).evidence == Evidence::host);
  CHECK(contains(r.error->message, "ran longer than 1 ms"));
  CHECK(r.guest.has_value());
  CHECK_FALSE(r.exit_code.has_value());
  CHECK_FALSE(r.signal.has_value());
}

TEST_CASE("a case that is over its time leaves the machine to the next") {
  TaskSpec spec = text();
  spec.limits.timeout_ms = 1;
  spec.cases = {{"a", "", {}, {}, {}}, {"b", "", {}, {}, {}}};
  const TaskResult r = run(language({}, {"endless"}), std::move(spec));
  REQUIRE(r.cases.size() == 2);
  for (const CaseResult& one : r.cases) CHECK(one.outcome.ending == Ending::host_timeout);
}

TEST_CASE("what the agent has to tidy up after one case is not the time of the next") {
  TaskSpec spec = text();
  spec.limits.timeout_ms = 50;
  spec.cases = {{"a", "", {}, {}, {}}, {"b", "", {}, {}, {}}};
  const TaskResult r = run(language({}, {"litter", "600"}), std::move(spec));
  REQUIRE(r.cases.size() == 2);
  for (const CaseResult& one : r.cases) CHECK(one.outcome.ending == Ending::exited_zero);
}

TEST_CASE("what the machine waited for a processor is in the record") {
  TaskBench bench;
  each_reading_adds(bench, {0, 50 * kMillisecond});
  const TaskResult r = bench.run(endless(200));
  CHECK(r.ending == Ending::host_timeout);
  CHECK(r.timing.starved >= 50 * kMillisecond);
  CHECK(r.timing.exec > r.timing.starved);
}

TEST_CASE("a program that ends by itself within the host's patience is judged by its own time") {
  TaskBench bench;
  TaskSpec spec = TaskBench::spec({"slow", "100"});
  spec.limits.timeout_ms = 50;
  CHECK(bench.run(spec).ending == Ending::host_timeout);
}

TEST_CASE("the time that it waited is not counted then") {
  TaskBench bench;
  each_reading_adds(bench, {0, 60 * kMillisecond});
  TaskSpec spec = TaskBench::spec({"slow", "100"});
  spec.limits.timeout_ms = 50;
  CHECK(bench.run(spec).ending == Ending::exited_zero);
}

TEST_CASE("an agent that says that time is over when it cannot be lies") {
  TaskBench bench;
  TaskSpec spec = TaskBench::spec({"late"});
  spec.limits.timeout_ms = 3'000;
  CHECK(bench.run(spec).ending == Ending::agent_lied);
}

TEST_CASE("processor time is what the host counts, and a program over it is ended") {
  TaskBench bench;
  each_reading_adds(bench, {40 * kMillisecond, 0});
  TaskSpec spec = endless(1'000'000);
  spec.limits.cpu_ms = 20;
  const TaskResult r = bench.run(std::move(spec));
  CHECK(r.ending == Ending::cpu_limit);
  CHECK(contains(r.error->message, "used more than 20 ms of processor time"));
  CHECK(r.program_cpu.value_or(0) > 70 * kMillisecond);
}

TEST_CASE("a program that ends by itself may be found to have used too much") {
  TaskBench bench;
  each_reading_adds(bench, {kSecond, 0});
  TaskSpec spec = TaskBench::spec({"print", "x"});
  spec.limits.cpu_ms = 500;
  const TaskResult r = bench.run(std::move(spec));
  CHECK(r.ending == Ending::cpu_limit);
  CHECK(r.out == "x");
}

TEST_CASE("a stall of mayfly is not the program's time") {
  TaskBench bench;
  each_reading_adds(bench, {kMillisecond, 0});  // the guest was not busy: it may have been waiting for us
  TaskSpec spec = TaskBench::spec({"print-slow", "600"});
  spec.limits.timeout_ms = 300;
  const TaskResult r = bench.run(std::move(spec), {.on_output = [](bool, std::string_view) { ::usleep(700'000); }});
  CHECK(r.ending == Ending::exited_zero);
}

}  // namespace
}  // namespace mayfly::test
