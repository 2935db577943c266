// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "image/artifact.h"
#include "machine/machine.h"
#include "sys/run_directory.h"

namespace mayfly {

// What every machine of this process is made from. Whoever fills it in keeps what it points
// to alive as long as machines are launched from it.
struct MachineParts {
  std::string qemu;  // path of the binary
  Accelerator accelerator = Accelerator::tcg;
  std::int64_t tsc_khz = 0;  // of the host; for TCG
  const Kernel* kernel = nullptr;
  int initramfs_fd = -1;
  const Image* image = nullptr;  // nullptr: machines without a disk
  const RunDirectory* run_directory = nullptr;
  Nanoseconds boot_timeout = 20 * kSecond;
};

struct MachineShape {
  int memory_mib = 512;
  int vcpus = 1;
};

// Makes a machine with its own overlay; it is not launched yet.
Result<std::unique_ptr<Machine>> make_machine(Ring& ring, const MachineParts& parts,
                                              const MachineShape& shape, std::string name,
                                              MachineObserver& observer);

}  // namespace mayfly
