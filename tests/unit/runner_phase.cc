// SPDX-License-Identifier: Apache-2.0
#include "runner/phase.h"

#include <string>

#include "helpers.h"

namespace mayfly::test {
namespace {

std::string_view name(TaskPhase phase) {
  constexpr std::string_view kNames[] = {"claiming", "working", "closing", "done"};
  return kNames[static_cast<std::size_t>(phase)];
}

std::string_view name(TaskAction action) {
  constexpr std::string_view kNames[] = {"none", "work", "destroy", "report"};
  return kNames[static_cast<std::size_t>(action)];
}

// Rows: phases. Columns: machine_ready, worked, stopped, released.
constexpr std::string_view kExpected[kTaskPhases][kTaskEvents] = {
    // claiming
    {"working/work", "-", "closing/destroy", "done/report"},
    // working
    {"-", "closing/destroy", "closing/destroy", "done/report"},
    // closing
    {"-", "-", "-", "done/report"},
    // done
    {"-", "-", "-", "-"},
};

TEST_CASE("every task event in every task phase") {
  for (int p = 0; p < kTaskPhases; ++p) {
    for (int e = 0; e < kTaskEvents; ++e) {
      const auto phase = static_cast<TaskPhase>(p);
      const TaskStep next = step(phase, static_cast<TaskEvent>(e));
      std::string got = "-";
      if (next.next != phase || next.action != TaskAction::none) {
        got = std::string(name(next.next)) + "/" + std::string(name(next.action));
      }
      CAPTURE(name(phase));
      CAPTURE(e);
      CHECK(got == kExpected[p][e]);
    }
  }
}

}  // namespace
}  // namespace mayfly::test
