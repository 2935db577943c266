// SPDX-License-Identifier: Apache-2.0
#include "engine/conditions.h"

#include <tuple>

namespace mayfly {

// Names every setting, so that one which is added later stops this from compiling until somebody has decided whether it
// shapes results.
TaskConditions conditions_of(const Settings& settings, const TaskEnvironment& environment) {
  const auto& [home, qemu, accelerator, image, no_snapshot, time_factor, no_prestart, containment, require] = settings;
  const auto& [jail, unsafe_no_jail, watch_syscalls, incidents, incident_command, vmm_uids] = containment;
  // Where things are: no result has it.
  std::ignore = std::tie(home, incidents, incident_command);
  // The task's own image is in its line or became so; QEMU and the accelerator in use are part of the platform.
  std::ignore = std::tie(image, qemu, accelerator);
  // Around QEMU, and whether there is any machine at all: a program cannot tell. What was in force is in the record.
  std::ignore = std::tie(jail, unsafe_no_jail, watch_syscalls, vmm_uids, require);
  // A booted machine and a restored one are the same to a program but for its kernel's address layout; and machines
  // boot with snapshots, too, while there is no template yet.
  std::ignore = std::tie(no_snapshot);
  // As the environment has it, which knows what was measured.
  std::ignore = std::tie(time_factor);
  return {environment.parts.image->manifest_sha256, environment.isolation.time_factor, !no_prestart};
}

Platform platform_of(const TaskEnvironment& environment) {
  const auto& [image, kernel, initramfs, qemu] = environment.parts.identity;
  std::ignore = std::tie(image);
  return {MAYFLY_VERSION, kernel, initramfs, qemu, std::string(to_string(environment.parts.vmm.accelerator))};
}

}  // namespace mayfly
