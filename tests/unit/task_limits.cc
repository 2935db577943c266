// SPDX-License-Identifier: Apache-2.0
// The table of limits, and what an operator makes of it.
#include "task/limits.h"

#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

#include "helpers.h"
#include "task/task_spec.h"

namespace mayfly::test {
namespace {

// A line that asks for `value` as the row's limit.
std::string asking(const LimitRow& row, double value) {
  return R"({"argv":["x"],"limits":{")" + std::string(row.field) + "\":" + to_figure(value) + "}}";
}

TEST_CASE("every limit has a field and a ceiling of its own, and a range that can be asked for") {
  std::set<std::string_view> names;
  for (const LimitRow& row : limit_table()) {
    CAPTURE(row.field);
    CHECK(names.insert(row.field).second);
    CHECK(names.insert(row.ceiling).second);
    CHECK(row.ceiling.starts_with("--max-"));
    CHECK(row.help.empty() == row.option.empty());
    for (const double value : {row.min, row.max}) {
      const auto spec = parse_task(asking(row, value), 1, {});
      REQUIRE_MESSAGE(spec.ok(), spec.error().message());
      CHECK(value_of(spec->limits, row) == value);
    }
    CHECK(contains(message_of(parse_task(asking(row, row.max + 1), 1, {})),
                   "'limits." + std::string(row.field) + "' must be"));
  }
}

TEST_CASE("what is not said is the default, which the table knows") {
  const Limits none;
  for (const LimitRow& row : limit_table()) {
    CAPTURE(row.field);
    if (const auto value = value_of(none, row)) CHECK(*value == row.unset);
  }
}

TEST_CASE("more than the operator allows is refused, with both figures, and as much is not") {
  for (const LimitRow& row : limit_table()) {
    CAPTURE(row.field);
    SpecDefaults defaults;
    defaults.ceilings.set(row, row.min + 1);
    CHECK(parse_task(asking(row, row.min + 1), 1, defaults));
    const std::string said = message_of(parse_task(asking(row, row.min + 2), 1, defaults));
    CHECK(contains(said, "field 'limits." + std::string(row.field) + "' asks for " + to_figure(row.min + 2)));
    CHECK(contains(said, std::string(row.ceiling) + " allows " + to_figure(row.min + 1)));
  }
}

TEST_CASE("a ceiling below a default is the default, and one above it is not") {
  for (const LimitRow& row : limit_table()) {
    CAPTURE(row.field);
    const double below = std::max(row.min, std::isinf(row.unset) ? row.max / 2 : std::floor(row.unset / 2));
    SpecDefaults defaults;
    defaults.ceilings.set(row, below);
    CHECK(value_of(parse_task(R"({"argv":["x"]})", 1, defaults)->limits, row) == below);
    if (std::isinf(row.unset)) continue;
    defaults.ceilings.set(row, row.max);
    CHECK(value_of(parse_task(R"({"argv":["x"]})", 1, defaults)->limits, row).value_or(row.unset) == row.unset);
  }
}

TEST_CASE("ceilings hold for cases, checkers, and requests in other shapes") {
  SpecDefaults defaults;
  defaults.ceilings.set(limit_row("timeout_ms"), 1000);
  defaults.ceilings.set(limit_row("memory_bytes"), 64 << 20);
  const std::string_view lines[] = {
      R"({"argv":["x"],"cases":[{"limits":{"timeout_ms":1001}}]})",
      R"({"argv":["x"],"cases":[{"limits":{"memory_bytes":67108865}}]})",
      R"({"language":"c","source":"","cases":[{}],"checker":{"language":"c","source":"","limits":{"timeout_ms":1001}}})",
      R"({"cmd":"exec","bin":"x","timeout":1001})",
      R"({"id":"a","type":"execute","language":"c","code":"","timeout":1001})",
      R"({"id":"a","type":"execute","language":"c","code":"","memory_limit":67108865})",
  };
  for (const std::string_view line : lines) {
    CAPTURE(line);
    CHECK(parse_task(line, 1, {}));
    CHECK(contains(message_of(parse_task(line, 1, defaults)), "allows"));
  }
  const auto judged =
      parse_task(R"({"language":"c","source":"","cases":[{}],"checker":{"language":"c","source":""}})", 1, defaults);
  REQUIRE(judged);
  CHECK(judged->checker->timeout_ms == 1000);
  CHECK(judged->checker->memory_bytes == 64 << 20);
}

TEST_CASE("the reference names every limit and every ceiling") {
  std::ifstream file(REFERENCE);
  REQUIRE(file);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  for (const LimitRow& row : limit_table()) {
    CAPTURE(row.field);
    CHECK(contains(text, "`" + std::string(row.field) + "`"));
    CHECK(contains(text, "`" + std::string(row.ceiling) + "`"));
  }
}

}  // namespace
}  // namespace mayfly::test
