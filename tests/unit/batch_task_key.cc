// SPDX-License-Identifier: Apache-2.0
#include "batch/task_key.h"

#include <functional>
#include <set>

#include "helpers.h"

namespace mayfly::test {
namespace {

TaskSpec full_task() {
  TaskSpec spec;
  spec.id = "t";
  spec.bin = "prog";
  spec.args = {"a", "b"};
  spec.env = {{"A", "B"}};
  spec.files = {{"f", "content", 0644}};
  spec.cases = {{"1", "in", "out", {}, {}}};
  spec.checker = TaskChecker{"python"};
  spec.checker->source = "judge";
  return spec;
}

TEST_CASE("whatever of a task can change its result changes its key") {
  using Change = std::function<void(TaskSpec&)>;
  const std::vector<Change> changes = {
      [](TaskSpec&) {},
      [](TaskSpec& s) { s.id = "u"; },
      [](TaskSpec& s) { s.image = "other"; },
      [](TaskSpec& s) { s.bin = "prog2"; },
      [](TaskSpec& s) { s.args = {"ab"}; },
      [](TaskSpec& s) { s.args = {"a", "b", ""}; },
      [](TaskSpec& s) { s.language = "c"; },
      [](TaskSpec& s) { s.source = ""; },
      [](TaskSpec& s) { s.entry = "f"; },
      [](TaskSpec& s) { s.sandbox = true; },
      [](TaskSpec& s) { s.check = true; },
      [](TaskSpec& s) { s.report_imports = true; },
      [](TaskSpec& s) { s.stop_at_failure = true; },
      [](TaskSpec& s) { s.cases[0].id = "2"; },
      [](TaskSpec& s) { s.cases[0].stdin_data = "in2"; },
      [](TaskSpec& s) { s.cases[0].expected_stdout = ""; },
      [](TaskSpec& s) { s.cases[0].expected_stdout.reset(); },
      [](TaskSpec& s) { s.cases[0].timeout_ms = 1; },
      [](TaskSpec& s) { s.cases[0].memory_bytes = 1; },
      [](TaskSpec& s) { s.cases.push_back({"2"}); },
      [](TaskSpec& s) { s.checker.reset(); },
      [](TaskSpec& s) { s.checker->language = "c"; },
      [](TaskSpec& s) { s.checker->protocol = CheckerProtocol::kattis; },
      [](TaskSpec& s) { s.comparison.mode = Comparison::Mode::tokens; },
      [](TaskSpec& s) { s.comparison.case_sensitive = false; },
      [](TaskSpec& s) { s.comparison.absolute = 1e-9; },
      [](TaskSpec& s) { s.comparison.relative = 1e-9; },
      [](TaskSpec& s) { s.checker->source = "mended"; },
      [](TaskSpec& s) { s.checker->entry = "e"; },
      [](TaskSpec& s) { s.checker->files = {{"f", "content", 0644}}; },
      [](TaskSpec& s) { s.checker->args = {"1e-6"}; },
      [](TaskSpec& s) { s.checker->timeout_ms = 1; },
      [](TaskSpec& s) { s.checker->memory_bytes = 1; },
      [](TaskSpec& s) { s.env["A"] = "C"; },
      [](TaskSpec& s) { s.cwd = "/"; },
      [](TaskSpec& s) { s.stdin_data = "x"; },
      [](TaskSpec& s) { s.stdin_stream = true; },
      [](TaskSpec& s) { s.files[0].path = "g"; },
      [](TaskSpec& s) { s.files[0].content = "other"; },
      [](TaskSpec& s) { s.files[0].mode = 0755; },
      [](TaskSpec& s) { s.absolute_files = true; },
      [](TaskSpec& s) { s.artifacts = {"f"}; },
      [](TaskSpec& s) { s.permissions.emplace(); },
      [](TaskSpec& s) { s.permissions = {"prog"}; },
      [](TaskSpec& s) { s.labels = "{\"a\":1}"; },
      [](TaskSpec& s) { s.limits.timeout_ms = 1; },
      [](TaskSpec& s) { s.limits.output_bytes = 1; },
      [](TaskSpec& s) { s.limits.memory_bytes = 1; },
      [](TaskSpec& s) { s.limits.cpus = 1.5; },
      [](TaskSpec& s) { s.limits.cpu_ms = 1; },
      [](TaskSpec& s) { s.limits.disk_bytes = 1; },
      [](TaskSpec& s) { s.limits.io_bytes_per_s = 1; },
      [](TaskSpec& s) { s.limits.compile_ms = 1; },
      [](TaskSpec& s) { s.limits.total_ms = 1; },
      [](TaskSpec& s) { s.limits.file_bytes = 1; },
      [](TaskSpec& s) { s.limits.processes = 1; },
      [](TaskSpec& s) { s.limits.open_files = 1; },
      [](TaskSpec& s) { s.limits.stdout_bytes = 1; },
      [](TaskSpec& s) { s.limits.stderr_bytes = 1; },
  };
  std::set<std::string> keys;
  for (const Change& change : changes) {
    TaskSpec spec = full_task();
    change(spec);
    const std::string key = task_key(spec, {});
    CHECK(key.size() == 64);
    CAPTURE(keys.size());
    CHECK(keys.insert(key).second);
  }
}

TEST_CASE("a key stays what it was: journals are full of them") {
  TaskSpec spec = full_task();
  spec.limits.cpus = 1.5;
  spec.limits.file_bytes = 7;
  spec.limits.total_ms = 9;
  CHECK(task_key(spec, {"i", 1.5, false}) == "49e42445c43653cdf98ec284f29e7473bbe54001ac56c29dc50824db13e8dfe6");
}

TEST_CASE("a task that has moved to another line keeps its key") {
  TaskSpec moved = full_task();
  moved.line = 7;
  CHECK(task_key(moved, {}) == task_key(full_task(), {}));
}

TEST_CASE("image, time factor and prestart are part of a task's key") {
  const TaskSpec spec = full_task();
  const std::set<std::string> keys = {task_key(spec, {"i", 1, true}), task_key(spec, {"j", 1, true}),
                                      task_key(spec, {"i", 1.5, true}), task_key(spec, {"i", 1, false})};
  CHECK(keys.size() == 4);
}

TEST_CASE("each part of a platform tells") {
  const std::set<std::string> keys = {
      platform_key({"1", "k", "a", "q", "kvm"}), platform_key({"2", "k", "a", "q", "kvm"}),
      platform_key({"1", "l", "a", "q", "kvm"}), platform_key({"1", "k", "b", "q", "kvm"}),
      platform_key({"1", "k", "a", "r", "kvm"}), platform_key({"1", "k", "a", "q", "tcg"}),
      platform_key({"1k", "", "a", "q", "kvm"})};
  CHECK(keys.size() == 7);
}

}  // namespace
}  // namespace mayfly::test
