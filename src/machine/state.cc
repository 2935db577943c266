// SPDX-License-Identifier: Apache-2.0
#include "machine/state.h"

#include <array>

namespace mayfly {
namespace {

using State = MachineState;
using Event = MachineEvent;
using Action = MachineAction;

bool has_process(State state) { return state >= State::launching && state <= State::killing; }

bool is_live(State state) { return state >= State::launching && state <= State::saving; }

// A step forward, if `state` is where the event belongs; else the sender broke the protocol.
MachineStep forward(State state, State from, State to, Action action) {
  if (state == from) return {to, action};
  if (is_live(state)) return {State::killing, Action::kill};
  return {state, Action::none};
}

}  // namespace

MachineStep step(State state, Event event) {
  switch (event) {
    case Event::launched:
      return forward(state, State::defined, State::launching, Action::none);
    case Event::launch_failed:
      if (state == State::defined) return {State::released, Action::release};
      return {state, Action::none};
    case Event::greeted:
      return forward(state, State::launching, State::negotiating, Action::negotiate);
    case Event::configured:
      return forward(state, State::negotiating, State::loading, Action::load);
    case Event::loaded:
      return forward(state, State::loading, State::booting, Action::start);
    case Event::agent_ready:
      return forward(state, State::booting, State::exercising, Action::exercise);
    case Event::exercised:
      return forward(state, State::exercising, State::ready, Action::announce);
    case Event::claimed:
      return forward(state, State::ready, State::running, Action::none);
    case Event::save_wanted:
      return forward(state, State::running, State::saving, Action::save);
    case Event::saved:
      return forward(state, State::saving, State::killing, Action::kill);
    case Event::kill_wanted:
      if (state == State::defined) return {State::released, Action::release};
      if (is_live(state)) return {State::killing, Action::kill};
      return {state, Action::none};
    case Event::process_ended:
      if (has_process(state)) return {State::reaping, Action::reap};
      return {state, Action::none};
    case Event::drained:
      if (state == State::reaping) return {State::released, Action::release};
      return {state, Action::none};
  }
  return {state, Action::none};
}

std::string_view to_string(State state) {
  constexpr std::array<std::string_view, kMachineStates> kNames = {
      "defined", "launching", "negotiating", "loading", "booting", "exercising",
      "ready",   "running",   "saving",      "killing", "reaping", "released"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string_view to_string(Event event) {
  constexpr std::array<std::string_view, kMachineEvents> kNames = {
      "launched", "launch_failed", "greeted", "configured",  "loaded",        "agent_ready", "exercised",
      "claimed",  "save_wanted",   "saved",   "kill_wanted", "process_ended", "drained"};
  return kNames[static_cast<std::size_t>(event)];
}

}  // namespace mayfly
