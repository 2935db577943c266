// SPDX-License-Identifier: Apache-2.0
#include "judging_fields.h"

namespace mayfly {
namespace {

using Mode = Comparison::Mode;

constexpr double kMaxTolerance = 1e12;

Mode read_mode(JsonFields& f, std::string_view field) {
  const auto mode = parse_comparison_mode(f.string(field).value_or(""));
  if (!mode) f.fail(field, "must be one of exact, lines, tokens, float");
  return mode.value_or(Mode::lines);
}

// What a mode has no use for is an unknown field. Where the mode is missing, that is what is wrong.
Comparison read_comparison_fields(JsonFields& f) {
  Comparison comparison;
  f.require("mode");
  comparison.mode = f.has("mode") ? read_mode(f, "mode") : Mode::floats;
  const bool floats = comparison.mode == Mode::floats;
  if (floats || comparison.mode == Mode::tokens) comparison.case_sensitive = f.boolean("case_sensitive").value_or(true);
  if (!floats) return comparison;
  if (!f.has("absolute") && !f.has("relative")) f.fail("absolute", "or 'relative' is missing: by how much may a number be off?");
  comparison.absolute = f.number("absolute", 0, kMaxTolerance).value_or(0);
  comparison.relative = f.number("relative", 0, kMaxTolerance).value_or(0);
  return comparison;
}

}  // namespace

void read_comparison(JsonFields& task, TaskSpec& spec) {
  if (!task.has("comparison")) return;
  if (task.is_string("comparison")) {
    spec.comparison.mode = read_mode(task, "comparison");
    if (spec.comparison.mode == Mode::floats) task.fail("comparison", R"(needs tolerances: {"mode":"float","absolute":1e-6,"relative":1e-6})");
  } else if (const JsonValue* object = task.object("comparison")) {
    JsonFields fields(*object, task.path_of("comparison"));
    spec.comparison = read_comparison_fields(fields);
    task.adopt(fields.finish());
  }
  if (spec.cases.empty()) task.fail("comparison", "needs 'cases'");
  if (spec.checker) task.fail("comparison", "and 'checker' exclude each other");
}

CheckerProtocol read_protocol(JsonFields& checker) {
  const auto protocol = parse_checker_protocol(checker.string("protocol").value_or("plain"));
  if (!protocol) checker.fail("protocol", "must be one of plain, testlib, kattis");
  return protocol.value_or(CheckerProtocol::plain);
}

}  // namespace mayfly
