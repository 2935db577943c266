// SPDX-License-Identifier: Apache-2.0
#include "runner/phase.h"

#include <array>

namespace mayfly {
namespace {

using Phase = TaskPhase;
using Action = TaskAction;

TaskStep only_from(Phase wanted, Phase phase, TaskStep then) {
  return phase == wanted ? then : TaskStep{phase, Action::none};
}

}  // namespace

TaskStep step(TaskPhase phase, TaskEvent event) {
  switch (event) {
    case TaskEvent::machine_ready:
      return only_from(Phase::claiming, phase, {Phase::preparing, Action::put_files});
    case TaskEvent::prepared:
      return only_from(Phase::preparing, phase, {Phase::running, Action::execute});
    case TaskEvent::exited:
      return only_from(Phase::running, phase, {Phase::collecting, Action::get_artifacts});
    case TaskEvent::collected:
      return only_from(Phase::collecting, phase, {Phase::closing, Action::destroy});
    case TaskEvent::stopped:
      if (phase < Phase::closing) return {Phase::closing, Action::destroy};
      return {phase, Action::none};
    case TaskEvent::released:
      if (phase < Phase::done) return {Phase::done, Action::report};
      return {phase, Action::none};
  }
  return {phase, Action::none};
}

std::string_view to_string(TaskPhase phase) {
  constexpr std::array<std::string_view, kTaskPhases> kNames = {
      "claiming", "preparing", "running", "collecting", "closing", "done"};
  return kNames[static_cast<std::size_t>(phase)];
}

}  // namespace mayfly
