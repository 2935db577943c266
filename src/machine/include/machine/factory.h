// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "image/artifact.h"
#include "image/overlay.h"
#include "machine/machine.h"
#include "sys/run_directory.h"

namespace mayfly {

// Digests of what a machine is made from: which guest it is, whatever the descriptors.
struct PartsIdentity {
  std::string image_sha256;
  std::string kernel_sha256;
  std::string initramfs_sha256;
  std::string qemu_sha256;
};

// What every machine of this process is made from. Whoever fills it in keeps what it points
// to alive as long as machines are launched from it.
struct MachineParts {
  VmmSpec vmm;
  const Kernel* kernel = nullptr;
  int initramfs_fd = -1;
  const Image* image = nullptr;  // nullptr: machines without a disk
  const RunDirectory* run_directory = nullptr;
  bool overlays_in_memory = false;  // the run directory is on tmpfs: what is written there is charged to QEMU
  Nanoseconds boot_timeout = 20 * kSecond;
  MachineOversight oversight;
  const CgroupTree* cgroups = nullptr;  // null: machines have no group of their own
  PartsIdentity identity;
  // What runs in a machine before its task is there, and stops itself, by the task's language (ExecRequest::prestart).
  std::map<std::string, ExecRequest> prestarts;
  // There are newer ones in their place: nothing more is made of these, but what was made of
  // them lives on.
  bool stale = false;
};

// A size, and what the guest is prepared for: machines of one shape, from the same parts, can do for each other.
struct MachineShape : MachineSize {
  std::string language = {};  // of the image, that its task will be in; empty: in none

  auto operator<=>(const MachineShape&) const = default;
};

// A stopped guest that any number of machines may be restored from: sealed files that never
// change. Borrowed from whoever holds them.
struct Snapshot {
  int memory_fd = -1;
  int state_fd = -1;
  int overlay_fd = -1;  // -1: no disk
  std::int64_t overlay_bytes = 0;
  std::string token;  // the one that the guest's agent knows
};

// A machine that will boot, with a fresh overlay of its own.
Result<MachineConfig> booting_machine(const MachineParts& parts, const MachineShape& shape,
                                      std::string name);

// One that will go on where `snapshot` was taken, with a copy of its overlay. Parts and shape
// must be those of the machine that it was taken of.
Result<MachineConfig> restored_machine(const MachineParts& parts, const MachineShape& shape,
                                       std::string name, const Snapshot& snapshot);

}  // namespace mayfly
