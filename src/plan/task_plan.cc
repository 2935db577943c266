// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "plan/program.h"

namespace mayfly {
namespace {

template <typename Each, typename Plan>
std::vector<Each*> programs_of(Plan& plan) {
  std::vector<Each*> all;
  for (auto* program : {&plan.check, &plan.compile, &plan.make_checker}) {
    if (*program) all.push_back(&**program);
  }
  all.push_back(&plan.run);
  if (plan.judge) all.push_back(&*plan.judge);
  return all;
}

}  // namespace

std::vector<const TaskProgram*> TaskPlan::programs() const {
  return programs_of<const TaskProgram>(*this);
}

std::vector<TaskProgram*> TaskPlan::programs() { return programs_of<TaskProgram>(*this); }

const TaskProgram* TaskPlan::find(ProgramKind kind) const {
  for (const TaskProgram* program : programs()) {
    if (program->kind == kind) return program;
  }
  return nullptr;
}

TaskProgram TaskPlan::program(ProgramKind kind, std::size_t test) const {
  TaskProgram program = *find(kind);
  if (kind != ProgramKind::run || cases.empty()) return program;
  program.exec.timeout_ms = cases[test].timeout_ms;
  program.exec.memory_bytes = cases[test].memory_bytes;
  return program;
}

std::int64_t TaskPlan::most_memory() const {
  std::int64_t most = 0;
  for (const TaskProgram* program : programs()) {
    const bool by_case = program->kind == ProgramKind::run && !cases.empty();
    if (!by_case) most = std::max(most, program->exec.memory_bytes);
  }
  for (const CaseLimits& limits : cases) most = std::max(most, limits.memory_bytes);
  return most;
}

void TaskPlan::scale_times(double factor) {
  const auto scale = [factor](std::int64_t& ms) {
    ms = std::llround(factor * static_cast<double>(ms));
  };
  for (TaskProgram* program : programs()) {
    scale(program->exec.timeout_ms);
    scale(program->cpu_ms);
    if (program->exec.sandbox) scale(program->exec.sandbox->cpu_ms);
  }
  for (CaseLimits& limits : cases) scale(limits.timeout_ms);
  if (total_ms) scale(*total_ms);
}

}  // namespace mayfly
