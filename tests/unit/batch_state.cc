// SPDX-License-Identifier: Apache-2.0
// The batch's table, over every pair of a state and an event.
#include "batch/batch_state.h"

#include <vector>

#include "helpers.h"

namespace mayfly::test {
namespace {

using State = BatchState;
using Event = BatchEvent;
using Action = BatchAction;

constexpr State kStates[] = {State::admitting, State::finishing, State::draining, State::killing, State::finished};
constexpr Event kEvents[] = {Event::input_ended,   Event::halt_soon, Event::halt_now, Event::interrupted,
                             Event::output_closed, Event::idle};
static_assert(std::size(kStates) == kBatchStates && std::size(kEvents) == kBatchEvents);

struct Row {
  State from;
  Event event;
  State next;
  Action action = Action::none;
};

// What is not in here changes nothing.
const Row kRows[] = {
    {State::admitting, Event::input_ended, State::finishing},
    {State::admitting, Event::halt_soon, State::draining},
    {State::admitting, Event::halt_now, State::killing, Action::cancel_running},
    {State::admitting, Event::interrupted, State::draining},
    {State::admitting, Event::output_closed, State::killing, Action::cancel_running},
    {State::finishing, Event::halt_soon, State::draining},
    {State::finishing, Event::halt_now, State::killing, Action::cancel_running},
    {State::finishing, Event::interrupted, State::draining},
    {State::finishing, Event::output_closed, State::killing, Action::cancel_running},
    {State::finishing, Event::idle, State::finished, Action::finish},
    {State::draining, Event::halt_now, State::killing, Action::cancel_running},
    {State::draining, Event::interrupted, State::killing, Action::cancel_running},
    {State::draining, Event::output_closed, State::killing, Action::cancel_running},
    {State::draining, Event::idle, State::finished, Action::finish},
    {State::killing, Event::idle, State::finished, Action::finish},
};

Row expected(State from, Event event) {
  for (const Row& row : kRows) {
    if (row.from == from && row.event == event) return row;
  }
  return {from, event, from};
}

TEST_CASE("a batch's table, every pair") {
  for (const State from : kStates) {
    for (const Event event : kEvents) {
      CAPTURE(static_cast<int>(from));
      CAPTURE(static_cast<int>(event));
      const BatchStep got = step(from, event);
      const Row row = expected(from, event);
      CHECK(got.next == row.next);
      CHECK(got.action == row.action);
    }
  }
}

TEST_CASE("a batch never goes back, and leaves its end to nobody") {
  for (const State from : kStates) {
    for (const Event event : kEvents) CHECK(step(from, event).next >= from);
  }
  for (const Event event : kEvents) CHECK(step(State::finished, event).action == Action::none);
}

TEST_CASE("whatever happens, a batch that is idle after its input's end has finished") {
  for (const Event first : kEvents) {
    for (const Event second : kEvents) {
      State state = step(step(State::admitting, first).next, second).next;
      state = step(step(state, Event::input_ended).next, Event::idle).next;
      CHECK(state == State::finished);
    }
  }
}

}  // namespace
}  // namespace mayfly::test
