// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/fd.h"
#include "jail/confinement.h"
#include "machine/machine_guard.h"
#include "machine/machine_watcher.h"
#include "machine/served_times.h"
#include "monitor/incident_record.h"
#include "protocol/message.h"
#include "qemu/machine_spec.h"
#include "sys/cgroup.h"

namespace mayfly {

// Who holds a machine, watches it and counts what it uses: the same for all machines of a process, and there longer than
// they are. Null: nobody; without a jail QEMU runs as this user, as far as the host lets it.
struct MachineOversight {
  const Jail* jail = nullptr;
  MachineGuard* guard = nullptr;  // needs a cgroup
  std::function<void(const IncidentRecord&)> on_incident;  // an escape was attempted; told when the machine is gone
  MachineWatcher* watcher = nullptr;
  std::function<ServedTimes()> served_times;  // of each machine, instead of the host's own figures: for tests
};

// What one machine is made from.
struct MachineConfig {
  std::string name;  // the guest's hostname
  VmmSpec vmm;
  MachineSize size;
  // Files, each opened for this machine alone: who shares a description, as duplicates do, can
  // change its flags and offset for all. launch() hands them over.
  Fd kernel;     // empty for a restored machine
  Fd initramfs;  // likewise
  Fd disk;       // the base, read-only; empty: a machine without a disk
  Fd overlay;    // empty without a disk
  // Where the guest comes from: it boots, or it is restored from a snapshot. A machine that
  // boots with `memory` and `state` can be saved, and its memory is then in that file.
  bool restored = false;
  Fd memory;  // empty: anonymous memory
  Fd state;
  std::string token;   // the one that the restored guest knows
  std::optional<ExecRequest> exercise;  // the throw-away program, if one is to be run
  Nanoseconds boot_timeout = 20 * kSecond;  // from launch() until it is ready, by its ServedClock
  MachineOversight oversight;
  std::optional<Cgroup> cgroup;
  ProcessLimits process_limits;
};

}  // namespace mayfly
