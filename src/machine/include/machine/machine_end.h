// SPDX-License-Identifier: Apache-2.0
//
// How a machine ended, and what that says.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "monitor/incident_record.h"
#include "sys/cgroup.h"
#include "sys/process.h"

namespace mayfly {

// Why a machine ended, other than by its owner's wish. Host evidence, except where noted.
enum class MachineFailure {
  none,                // its owner killed it
  launch_failed,       // no process: clone3, sockets, overlay
  boot_timeout,        // the agent did not come in time
  host_overloaded,     // nor could it: it got next to no time of a processor
  boot_failed,         // the agent came and said that it cannot work (the guest's word)
  guest_reset,         // the guest asked for a reset: a kernel panic, or a reboot
  guest_shutdown,      // the guest powered itself off
  agent_closed,        // the agent's channel ended while QEMU went on
  agent_garbled,       // a line of the agent's is not in the protocol
  agent_lied,          // a well-formed line at a time when it cannot be true
  vmm_exited,          // QEMU exited by itself
  vmm_signalled,       // QEMU died of a signal that mayfly did not send
  vmm_sigsys,          // QEMU died of SIGSYS: it broke its seccomp filter
  qmp_failed,          // QMP said something wrong, or refused a command
  disk_limit,          // the guest wrote more than its overlay may hold
  escape_detected,     // QEMU did what no VMM has a reason to do: MachineEnd::incident
  host_out_of_memory,  // the kernel killed QEMU: the host had no more, or its cgroup's reserve was too small
  host_disk_full,      // the overlay could not grow
  host_io_error,       // another error of the host's disk
};

std::string_view to_string(MachineFailure failure);

// What the host has counted for QEMU, guest included, from whatever source it has.
using MachineUsage = CgroupUsage;

struct MachineEnd {
  MachineFailure failure = MachineFailure::none;
  bool decided = false;               // `failure` is; what follows from it (a closed socket, a killed process) is no news
  std::string detail;                 // one sentence, for people
  std::string hint;                   // how to mend it, where that is known
  std::optional<ProcessEnd> process;  // absent if there never was one
  bool greeted = false;               // QEMU itself ran: what befell it before says nothing about its guest
  MachineUsage usage;
  std::optional<Incident> incident;   // what the escape monitor saw first
  std::string console_tail;           // the last bytes of the guest's console: hostile
  std::string stderr_tail;            // and of QEMU's stderr

  // The first reason wins.
  void decide(MachineFailure reason, std::string why);
  // An escape outweighs every other reason.
  void escaped(const Incident& seen);
  // By how QEMU (`pid`) ended, where nothing is decided; its usage is complete by then. SIGSYS is told in any case.
  void judge(const ProcessEnd& ended, pid_t pid);
};

}  // namespace mayfly
