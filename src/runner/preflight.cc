// SPDX-License-Identifier: Apache-2.0
#include "preflight.h"

#include <algorithm>
#include <limits>
#include <new>
#include <optional>

#include "plan/imports.h"

namespace mayfly {
namespace {

// A request's largest id and token, for its size before they are known.
constexpr std::int64_t kRequestIdForSize = 1LL << 53;
constexpr std::size_t kTokenRoom = 128;

Rejection reject(Ending ending, std::string stage, std::string message) {
  return {ending, {std::move(stage), std::move(message), ""}};
}

std::optional<Rejection> check_policy(const TaskProgram& program) {
  if (is_permitted(program.exec.permissions, program.exec.bin)) return std::nullopt;
  return reject(Ending::permission_denied, "policy",
                "'" + program.exec.bin + "' is not in the task's permissions");
}

// The agent refuses a line that is too long, and cannot say which it was.
std::optional<Rejection> check_size(const TaskProgram& program) {
  ExecRequest exec = program.exec;
  exec.timeout_ms = exec.memory_bytes =
      std::numeric_limits<std::int64_t>::max();  // whatever a case has
  const Request request{kRequestIdForSize, std::string(kTokenRoom, 'x'), std::move(exec)};
  if (encode(request).size() < kMaxChannelLine) return std::nullopt;
  return reject(Ending::spec_invalid, "spec", kTooManyWords);
}

std::optional<Rejection> check_programs(const TaskPlan& plan) {
  for (const TaskProgram* program : plan.programs()) {
    if (auto rejection = check_policy(*program)) return rejection;
    if (auto rejection = check_size(*program)) return rejection;
  }
  return std::nullopt;
}

// What a program has in its /tmp stays there until the artifacts have been fetched, while the
// checker runs.
MachineShape shape_of_machine(const TaskSpec& spec, const TaskPlan& plan,
                              const Language* language) {
  Limits limits = spec.limits;
  limits.memory_bytes = std::max(limits.memory_bytes, plan.most_memory());
  if (spec.checker && !spec.artifacts.empty()) limits.memory_bytes += spec.limits.memory_bytes;
  return shape_for(limits, language);
}

// What no try again could give it.
std::optional<Rejection> check_shape(const MachineShape& wanted, const MachineShape& host) {
  if (wanted.memory_mib <= host.memory_mib && wanted.vcpus <= host.vcpus) return std::nullopt;
  const bool memory = wanted.memory_mib > host.memory_mib;
  const std::string unit = memory ? " MiB of memory" : " processors";
  return reject(Ending::spec_invalid, "spec",
                std::string("field 'limits.") + (memory ? "memory_bytes" : "cpus") +
                    "' needs a machine with " +
                    std::to_string(memory ? wanted.memory_mib : wanted.vcpus) + unit +
                    ", and this host has " + std::to_string(memory ? host.memory_mib : host.vcpus));
}

std::variant<Clearance, Rejection> examine(TaskSpec& spec, const TaskEnvironment& environment,
                                           TaskResult& result) {
  auto plan = plan_programs(spec, environment.languages, environment.isolation.time_factor);
  const Language* language = find_language(environment.languages, spec.language);
  if (!plan) {
    const bool known = spec.language.empty() || language;
    return reject(known ? Ending::spec_invalid : Ending::unknown_language, "spec",
                  plan.error().message());
  }
  if (spec.report_imports) result.imports = imports_of(*language, spec.files);
  if (auto rejection = check_programs(*plan)) return *std::move(rejection);
  const MachineShape shape = shape_of_machine(spec, *plan, language);
  if (auto rejection = check_shape(shape, environment.largest)) return *std::move(rejection);
  return Clearance{*std::move(plan), shape};
}

}  // namespace

std::variant<Clearance, Rejection> preflight(TaskSpec& spec, const TaskEnvironment& environment,
                                             TaskResult& result) {
  try {
    return examine(spec, environment, result);
  } catch (const std::bad_alloc&) {
    return reject(Ending::mayfly_out_of_memory, "spec", "mayfly has no memory left for the task");
  }
}

}  // namespace mayfly
