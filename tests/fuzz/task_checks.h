// SPDX-License-Identifier: Apache-2.0
//
// What holds for every line of a batch, whatever it is made of.
#pragma once

#include <string>
#include <string_view>

#include "base/encoding.h"
#include "base/id.h"
#include "base/json.h"
#include "plan/program.h"
#include "task/task_result.h"
#include "runner/task_runner.h"
#include "task/task_spec.h"

namespace mayfly::checks {

inline bool is_one_json_line(const TaskResult& result) {
  const std::string line = to_json_line(result);
  return line.find('\n') == line.size() - 1 && parse_json(line).ok();
}

inline bool is_for_people(std::string_view message) {
  return !message.empty() && message.size() < 8192 && is_utf8(message) && message.find('\0') == std::string_view::npos;
}

// Two kinds of language: one is compiled, one is not and has something that waits.
inline std::vector<Language> languages() {
  Language compiled;
  compiled.name = "c";
  compiled.extensions = {".c"};
  compiled.entry = "main.c";
  compiled.compile = {"cc", "-o", "{program}", "{sources}"};
  compiled.run = {"{program}"};
  Language script;
  script.name = "python";
  script.extensions = {".py"};
  script.entry = "main.py";
  script.check = {"check", "{entry}"};
  script.run = {"python3", "{heap_mib}", "{entry}"};
  script.time_factor = script.memory_factor = 3;
  return {compiled, script};
}

// The agent understands the program, and gets it as it is. A larger one is refused before it is asked.
inline std::string wrong_with_program(const TaskProgram& program) {
  const std::string line = encode(Request{1, "token", program.exec});
  if (line.size() >= kMaxChannelLine) return "";
  const auto decoded = decode_request(std::string_view(line).substr(0, line.size() - 1));
  if (!decoded) return "the agent does not understand the program: " + decoded.error().message();
  if (encode(*decoded) != line) return "the agent gets another program";
  return program.exec.timeout_ms > 0 && program.exec.memory_bytes > 0 ? "" : "a program without limits";
}

inline std::string wrong_with_task(TaskSpec spec) {
  if (!validate(spec)) return "a parsed task is not valid";
  const MachineShape shape = shape_for(spec.limits);
  if (shape.memory_mib < 128 || shape.vcpus < 1) return "a machine without memory or processor";
  TaskResult result;
  result.id = spec.id;
  result.labels = spec.labels;
  result.out = spec.stdin_data;
  if (!is_one_json_line(result)) return "a result is not one line of JSON";
  const auto plan = plan_programs(spec, languages());
  if (!plan) return is_for_people(plan.error().message()) ? "" : "a message that is none";
  for (const TaskProgram* program : plan->programs()) {
    if (auto wrong = wrong_with_program(*program); !wrong.empty()) return wrong;
  }
  return plan->run.kind == ProgramKind::run ? "" : "a task without a program";
}

// Empty: nothing is wrong with what becomes of the line.
inline std::string wrong_with_line(std::string_view line, const SpecDefaults& defaults = {}) {
  const std::string id = id_of_line(line);
  if (!id.empty() && !is_valid_id(id)) return "an id that is not valid was found";
  const auto spec = parse_task(line, 1, defaults);
  if (spec && !id.empty() && id != spec->id) return "the two readers find different ids";
  if (spec) return wrong_with_task(*spec);
  if (!is_for_people(spec.error().message())) return "a message that is none";
  return is_one_json_line(spec_error_result(1, spec.error().message())) ? "" : "a refusal is not one line of JSON";
}

}  // namespace mayfly::checks
