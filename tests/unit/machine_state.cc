// SPDX-License-Identifier: Apache-2.0
#include "machine/state.h"

#include <set>
#include <string>

#include "helpers.h"
#include "machine/tail_buffer.h"

namespace mayfly::test {
namespace {

std::string_view name(MachineAction action) {
  constexpr std::string_view kNames[] = {"none", "negotiate", "load", "start", "exercise",
                                         "save", "announce",  "kill", "reap",  "release"};
  return kNames[static_cast<std::size_t>(action)];
}

constexpr std::string_view kKill = "killing/kill";

// Rows: states. Columns: launched, launch_failed, greeted, configured, loaded, agent_ready,
// exercised, claimed, save_wanted, saved, kill_wanted, process_ended, drained. "-" is: nothing
// happens. Written by hand from the contract in state.h, not from its implementation.
constexpr std::string_view kExpected[kMachineStates][kMachineEvents] = {
    // defined
    {"launching", "released/release", "-", "-", "-", "-", "-", "-", "-", "-",
     "released/release", "-", "-"},
    // launching
    {kKill, "-", "negotiating/negotiate", kKill, kKill, kKill, kKill, kKill, kKill, kKill,
     kKill, "reaping/reap", "-"},
    // negotiating
    {kKill, "-", kKill, "loading/load", kKill, kKill, kKill, kKill, kKill, kKill, kKill,
     "reaping/reap", "-"},
    // loading
    {kKill, "-", kKill, kKill, "booting/start", kKill, kKill, kKill, kKill, kKill, kKill,
     "reaping/reap", "-"},
    // booting
    {kKill, "-", kKill, kKill, kKill, "exercising/exercise", kKill, kKill, kKill, kKill, kKill,
     "reaping/reap", "-"},
    // exercising
    {kKill, "-", kKill, kKill, kKill, kKill, "ready/announce", kKill, kKill, kKill, kKill,
     "reaping/reap", "-"},
    // ready
    {kKill, "-", kKill, kKill, kKill, kKill, kKill, "running", kKill, kKill, kKill,
     "reaping/reap", "-"},
    // running
    {kKill, "-", kKill, kKill, kKill, kKill, kKill, kKill, "saving/save", kKill, kKill,
     "reaping/reap", "-"},
    // saving
    {kKill, "-", kKill, kKill, kKill, kKill, kKill, kKill, kKill, kKill, kKill, "reaping/reap",
     "-"},
    // killing
    {"-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "reaping/reap", "-"},
    // reaping
    {"-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "released/release"},
    // released
    {"-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-"},
};

std::string described(MachineState from, MachineStep step) {
  if (step.next == from && step.action == MachineAction::none) return "-";
  std::string out(to_string(step.next));
  if (step.action != MachineAction::none) out += "/" + std::string(name(step.action));
  return out;
}

constexpr MachineState state(int i) { return static_cast<MachineState>(i); }
constexpr MachineEvent event(int i) { return static_cast<MachineEvent>(i); }

TEST_CASE("every machine event in every machine state") {
  for (int s = 0; s < kMachineStates; ++s) {
    for (int e = 0; e < kMachineEvents; ++e) {
      CAPTURE(to_string(state(s)));
      CAPTURE(to_string(event(e)));
      CHECK(described(state(s), step(state(s), event(e))) == kExpected[s][e]);
    }
  }
}

TEST_CASE("from every state a machine can come to be released") {
  for (int s = 0; s < kMachineStates; ++s) {
    std::set<MachineState> seen{state(s)};
    for (std::size_t before = 0; before != seen.size();) {
      before = seen.size();
      for (const MachineState from : std::set<MachineState>(seen)) {
        for (int e = 0; e < kMachineEvents; ++e) seen.insert(step(from, event(e)).next);
      }
    }
    CAPTURE(to_string(state(s)));
    CHECK(seen.count(MachineState::released) == 1);
  }
}

TEST_CASE("the owner's wish, the end of the process and the end of its output always suffice") {
  for (int s = 0; s < kMachineStates; ++s) {
    MachineState at = state(s);
    for (const auto e : {MachineEvent::kill_wanted, MachineEvent::process_ended, MachineEvent::drained}) {
      at = step(at, e).next;
    }
    CAPTURE(to_string(state(s)));
    CHECK(at == MachineState::released);
  }
}

TEST_CASE("every live state is killed on the owner's wish, and none of the others") {
  for (int s = 0; s < kMachineStates; ++s) {
    const bool live = state(s) >= MachineState::launching && state(s) <= MachineState::saving;
    const MachineStep next = step(state(s), MachineEvent::kill_wanted);
    CAPTURE(to_string(state(s)));
    CHECK((next.action == MachineAction::kill) == live);
    CHECK((next.next == MachineState::killing) == (live || state(s) == MachineState::killing));
  }
}

TEST_CASE("each release comes once: nothing leaves the released state") {
  for (int e = 0; e < kMachineEvents; ++e) {
    CHECK(step(MachineState::released, event(e)).action == MachineAction::none);
  }
}

TEST_CASE("a tail keeps the last bytes") {
  TailBuffer tail;
  tail.append("abc");
  tail.append("def");
  CHECK(tail.content() == "abcdef");
  tail.append(std::string(TailBuffer::kMaxTail - 2, 'x'));
  CHECK(tail.content().size() == TailBuffer::kMaxTail);
  CHECK(tail.content().starts_with("efx"));
  tail.append(std::string(3 * TailBuffer::kMaxTail, 'y') + "end");
  CHECK(tail.content().size() == TailBuffer::kMaxTail);
  CHECK(tail.content().ends_with("yend"));
  tail.append("");
  CHECK(tail.content().ends_with("yend"));
}

}  // namespace
}  // namespace mayfly::test
