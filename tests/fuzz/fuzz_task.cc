// SPDX-License-Identifier: Apache-2.0
// A line of a batch: whatever it holds, it becomes a valid task or a result that is JSON.
#include "base/encoding.h"
#include "base/json.h"
#include "fuzz.h"
#include "task/task_result.h"
#include "task/task_runner.h"
#include "task/task_spec.h"

using namespace mayfly;
using fuzz::must;

namespace {

void check_line(const TaskResult& result) {
  const std::string line = to_json_line(result);
  must(line.find('\n') == line.size() - 1, "a result is one line");
  must(parse_json(line).ok(), "a result is JSON");
}

void check_spec(TaskSpec spec) {
  must(validate(spec).ok(), "a parsed task is valid");
  must(shape_for(spec.limits).memory_mib >= 128, "a machine has memory");
  must(shape_for(spec.limits).vcpus >= 1, "a machine has a processor");
  ExecRequest exec{spec.bin, spec.args, spec.env, spec.cwd, spec.limits.timeout_ms, false, spec.permissions};
  const std::string line = encode(Request{1, "token", exec});
  const auto decoded = decode_request(std::string_view(line).substr(0, line.size() - 1));
  must(decoded.ok(), "the agent understands the task");
  must(encode(*decoded) == line, "the agent gets the task as it is");
  TaskResult result;
  result.id = spec.id;
  result.labels = spec.labels;
  result.out = spec.stdin_data;
  check_line(result);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json = fuzz::text(data, size);
  const std::string id = id_of_line(json);
  if (const auto spec = parse_task(json, 1, {})) {
    must(id.empty() || id == spec->id, "the id is the same for both readers");
    check_spec(*spec);
  } else {
    must(is_utf8(spec.error().message()), "a message is text");
    check_line(spec_error_result(1, spec.error().message()));
  }
  return 0;
}
