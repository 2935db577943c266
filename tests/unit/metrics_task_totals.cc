// SPDX-License-Identifier: Apache-2.0
#include "metrics/task_totals.h"

#include "helpers.h"

namespace mayfly::test {
namespace {

std::string text_of(const TaskTotals& totals) {
  PrometheusText text;
  totals.write(text);
  return text.text();
}

TaskResult result_of(Ending ending) {
  TaskResult result;
  result.ending = ending;
  result.timing.total = 3 * kSecond;
  return result;
}

TEST_CASE("every verdict is there before it occurs, and no ratio of nothing") {
  const std::string text = text_of(TaskTotals());
  CHECK(contains(text, "mayfly_tasks_total{verdict=\"ok\",fault=\"none\"} 0\n"));
  CHECK(contains(text, "mayfly_tasks_total{verdict=\"escape_detected\",fault=\"task\"} 0\n"));
  CHECK(contains(text, "mayfly_task_total_seconds_count 0\n"));
  CHECK_FALSE(contains(text, "mayfly_success_ratio"));
}

TEST_CASE("results are counted by verdict, and timed as far as they got") {
  TaskTotals totals;
  TaskResult ok = result_of(Ending::exited_zero);
  ok.machine = MachineReport{.restored = true, .hit = true};
  ok.timing.claim = 2 * kMillisecond;
  ok.timing.exec = kSecond;
  totals.add(ok);
  TaskResult unprepared = result_of(Ending::prepare_timeout);
  unprepared.machine = MachineReport{};
  totals.add(unprepared);
  totals.add(result_of(Ending::permission_denied));
  totals.add(spec_error_result(1, "no task"));
  const std::string text = text_of(totals);
  CHECK(contains(text, "mayfly_tasks_total{verdict=\"ok\",fault=\"none\"} 1\n"));
  CHECK(contains(text, "mayfly_tasks_total{verdict=\"infra_error\",fault=\"infra\"} 1\n"));
  CHECK(contains(text, "mayfly_tasks_total{verdict=\"policy_rejected\",fault=\"policy\"} 1\n"));
  CHECK(contains(text, "mayfly_tasks_total{verdict=\"spec_error\",fault=\"config\"} 1\n"));
  CHECK(contains(text, "\nmayfly_success_ratio 0.25\n"));
  CHECK(contains(text, "mayfly_pool_claims_total{result=\"hit\"} 1\n"));
  CHECK(contains(text, "mayfly_pool_claims_total{result=\"miss\"} 1\n"));
  CHECK(contains(text, "\nmayfly_task_exec_seconds_count 1\n"));
  CHECK(contains(text, "\nmayfly_task_exec_seconds_sum 1\n"));
  CHECK(contains(text, "\nmayfly_task_claim_seconds_count 2\n"));
  CHECK(contains(text, "\nmayfly_task_total_seconds_count 3\n"));
}

}  // namespace
}  // namespace mayfly::test
