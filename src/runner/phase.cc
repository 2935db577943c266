// SPDX-License-Identifier: Apache-2.0
#include "runner/phase.h"

namespace mayfly {
namespace {

using Phase = TaskPhase;
using Action = TaskAction;

TaskStep only_if(bool holds, Phase phase, TaskStep then) {
  return holds ? then : TaskStep{phase, Action::none};
}

}  // namespace

TaskStep step(TaskPhase phase, TaskEvent event) {
  switch (event) {
    case TaskEvent::machine_ready:
      return only_if(phase == Phase::claiming, phase, {Phase::working, Action::work});
    case TaskEvent::worked:
      return only_if(phase == Phase::working, phase, {Phase::closing, Action::destroy});
    case TaskEvent::stopped:
      return only_if(phase < Phase::closing, phase, {Phase::closing, Action::destroy});
    case TaskEvent::released:
      return only_if(phase < Phase::done, phase, {Phase::done, Action::report});
  }
  return {phase, Action::none};
}

}  // namespace mayfly
