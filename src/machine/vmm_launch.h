// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "machine/machine_config.h"
#include "sys/process.h"

namespace mayfly {

// A QEMU that was started, and our ends of what it speaks through.
struct Vmm {
  Process process;
  Fd qmp, agent, console;
  Fd errors;               // its stderr
  int state_number = -1;   // of the snapshot's state, in QEMU; -1: none
};

// Starts the QEMU that the configuration describes, in its jail, its cgroup and its limits.
Result<Vmm> launch_vmm(const MachineConfig& config);

}  // namespace mayfly
