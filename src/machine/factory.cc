// SPDX-License-Identifier: Apache-2.0
#include "machine/factory.h"

#include "image/overlay.h"

namespace mayfly {

Result<std::unique_ptr<Machine>> make_machine(Ring& ring, const MachineParts& parts,
                                              const MachineShape& shape, std::string name,
                                              MachineObserver& observer) {
  MachineConfig config;
  config.name = std::move(name);
  config.qemu = parts.qemu;
  config.accelerator = parts.accelerator;
  config.memory_mib = shape.memory_mib;
  config.vcpus = shape.vcpus;
  config.tsc_khz = parts.tsc_khz;
  config.kernel_fd = parts.kernel->vmlinux.fd.get();
  config.initramfs_fd = parts.initramfs_fd;
  config.boot_timeout = parts.boot_timeout;
  if (parts.image) {
    auto overlay = create_overlay(*parts.image, *parts.run_directory);
    if (!overlay) return std::move(overlay).error();
    config.disk_fd = parts.image->disk.fd.get();
    config.overlay = *std::move(overlay);
  }
  return std::make_unique<Machine>(ring, std::move(config), observer);
}

}  // namespace mayfly
