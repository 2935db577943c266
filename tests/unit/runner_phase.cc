// SPDX-License-Identifier: Apache-2.0
#include "runner/phase.h"

#include <string>

#include "helpers.h"

namespace mayfly::test {
namespace {

std::string_view name(TaskAction action) {
  constexpr std::string_view kNames[] = {"none", "put_files", "execute", "get_artifacts", "destroy", "report"};
  return kNames[static_cast<std::size_t>(action)];
}

// Rows: phases. Columns: machine_ready, prepared, exited, collected, stopped, released.
constexpr std::string_view kExpected[kTaskPhases][kTaskEvents] = {
    // claiming
    {"preparing/put_files", "-", "-", "-", "closing/destroy", "done/report"},
    // preparing
    {"-", "running/execute", "-", "-", "closing/destroy", "done/report"},
    // running
    {"-", "-", "collecting/get_artifacts", "-", "closing/destroy", "done/report"},
    // collecting
    {"-", "-", "-", "closing/destroy", "closing/destroy", "done/report"},
    // closing
    {"-", "-", "-", "-", "-", "done/report"},
    // done
    {"-", "-", "-", "-", "-", "-"},
};

TEST_CASE("every task event in every task phase") {
  for (int p = 0; p < kTaskPhases; ++p) {
    for (int e = 0; e < kTaskEvents; ++e) {
      const auto phase = static_cast<TaskPhase>(p);
      const TaskStep next = step(phase, static_cast<TaskEvent>(e));
      std::string got = "-";
      if (next.next != phase || next.action != TaskAction::none) {
        got = std::string(to_string(next.next)) + "/" + std::string(name(next.action));
      }
      CAPTURE(to_string(phase));
      CAPTURE(e);
      CHECK(got == kExpected[p][e]);
    }
  }
}

}  // namespace
}  // namespace mayfly::test
