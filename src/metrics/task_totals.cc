// SPDX-License-Identifier: Apache-2.0
#include "metrics/task_totals.h"

namespace mayfly {
namespace {

using Type = PrometheusText::Type;

}  // namespace

// A counter that is there from the start, at 0, has a rate from its first event on.
TaskTotals::TaskTotals() {
  for (int i = 0; i < kEndings; ++i) {
    const EndingRow& row = describe(static_cast<Ending>(i));
    results_[{row.verdict, row.fault}] = 0;
  }
}

void TaskTotals::add(const TaskResult& result) {
  const EndingRow& row = describe(result.ending);
  ++results_[{row.verdict, row.fault}];
  if (result.attempts == 0) return;  // it was no task
  total_.add(result.timing.total);
  if (!result.machine) return;
  ++(result.machine->hit ? hits_ : misses_);
  claim_.add(result.timing.claim);
  if (result.timing.exec > 0) exec_.add(result.timing.exec);
  teardown_.add(result.timing.teardown);
}

void TaskTotals::write(PrometheusText& out) const {
  std::int64_t all = 0, ok = 0;
  out.metric("mayfly_tasks_total", Type::counter, "Results, by verdict and by whose fault it was.");
  for (const auto& [kind, count] : results_) {
    out.value(static_cast<double>(count), {{"verdict", to_string(kind.first)}, {"fault", to_string(kind.second)}});
    all += count;
    if (kind.first == Verdict::ok) ok += count;
  }
  if (all > 0) {
    const double ratio = static_cast<double>(ok) / static_cast<double>(all);
    out.metric("mayfly_success_ratio", Type::gauge, "Share of results that are ok.", ratio);
  }
  out.metric("mayfly_pool_claims_total", Type::counter,
             "Results by their machine: ready when asked for (hit), or not (miss).");
  out.value(static_cast<double>(hits_), {{"result", "hit"}});
  out.value(static_cast<double>(misses_), {{"result", "miss"}});
  out.histogram("mayfly_task_claim_seconds", "From a place to a machine.", claim_);
  out.histogram("mayfly_task_exec_seconds", "From the request to run the program to its known end.", exec_);
  out.histogram("mayfly_task_teardown_seconds", "From there until nothing of the machine was left.", teardown_);
  out.histogram("mayfly_task_total_seconds", "From the task's line to its result.", total_);
}

}  // namespace mayfly
