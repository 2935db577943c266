// SPDX-License-Identifier: Apache-2.0
#include "batch/batch_state.h"

namespace mayfly {
namespace {

using State = BatchState;
using Action = BatchAction;

BatchStep kill(State state) {
  if (state >= State::killing) return {state, Action::none};
  return {State::killing, Action::cancel_running};
}

BatchStep drain(State state) {
  return {state < State::draining ? State::draining : state, Action::none};
}

}  // namespace

BatchStep step(State state, BatchEvent event) {
  switch (event) {
    case BatchEvent::input_ended:
      return {state == State::admitting ? State::finishing : state, Action::none};
    case BatchEvent::halt_soon: return drain(state);
    case BatchEvent::halt_now: return kill(state);
    case BatchEvent::interrupted: return state == State::draining ? kill(state) : drain(state);
    case BatchEvent::output_closed: return kill(state);
    case BatchEvent::idle:
      if (state == State::admitting || state == State::finished) return {state, Action::none};
      return {State::finished, Action::finish};
  }
  return {state, Action::none};
}

}  // namespace mayfly
