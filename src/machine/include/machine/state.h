// SPDX-License-Identifier: Apache-2.0
//
// The life of a machine as a pure table. In libvirt's words: launching to running are "running",
// killing and reaping "shutoff".
#pragma once

#include <cstdint>
#include <string_view>

namespace mayfly {

enum class MachineState {
  defined,      // described, nothing started
  launching,    // QEMU's process exists; waiting for the QMP greeting
  negotiating,  // capabilities sent; the guest is still stopped
  loading,      // taking over the snapshot's state; at once for a machine that boots
  booting,      // the guest runs; waiting for its agent
  exercising,   // the agent has its token, clock and name, and runs a throw-away program
  ready,        // waits for a task
  running,      // claimed by a task
  saving,       // the guest is stopped; its state is being written to a file
  killing,      // SIGKILL sent; waiting for the process to end
  reaping,      // process collected; reading what it left on its console
  released,     // nothing of it is left
};

enum class MachineEvent {
  launched,       // clone3 succeeded
  launch_failed,  // it did not: there is no process
  greeted,        // QMP greeting
  configured,     // capabilities accepted
  loaded,         // the snapshot's state is in, or none is wanted
  agent_ready,    // the agent acknowledged `resume`
  exercised,      // the throw-away program ended, or none is wanted
  claimed,        // a task takes it
  save_wanted,    // its owner wants a snapshot
  saved,          // the state is written
  kill_wanted,    // the owner is done with it, or something failed
  process_ended,  // the pidfd became readable
  drained,        // QMP, console and stderr are at their end, or have had their time
};

enum class MachineAction {
  none,
  negotiate,  // send qmp_capabilities
  load,       // have the snapshot loaded
  start,      // have the guest run, if it does not, and its agent greeted
  exercise,   // have the throw-away program run
  save,       // stop the guest and have its state written
  announce,   // tell the owner that it is ready
  kill,       // send SIGKILL
  reap,       // collect the process, close its channels
  release,    // tell the owner that it is gone
};

struct MachineStep {
  MachineState next;
  MachineAction action;
};

inline constexpr int kMachineStates = 12;
inline constexpr int kMachineEvents = 13;

// What happens to a machine in `state` on `event`. An event that comes late (while killing,
// say) changes nothing; one that the guest or QEMU could only send by breaking the protocol
// kills the machine.
MachineStep step(MachineState state, MachineEvent event);

std::string_view to_string(MachineState state);
std::string_view to_string(MachineEvent event);

}  // namespace mayfly
