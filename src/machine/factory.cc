// SPDX-License-Identifier: Apache-2.0
#include "machine/factory.h"

#include <fcntl.h>

#include "image/overlay.h"
#include "sys/files.h"

namespace mayfly {
namespace {

MachineConfig common_config(const MachineParts& parts, const MachineShape& shape, std::string name) {
  MachineConfig config;
  config.name = std::move(name);
  config.qemu = parts.qemu;
  config.accelerator = parts.accelerator;
  config.memory_mib = shape.memory_mib;
  config.vcpus = shape.vcpus;
  config.tsc_khz = parts.tsc_khz;
  config.boot_timeout = parts.boot_timeout;
  return config;
}

Result<void> add_disk(MachineConfig& config, const MachineParts& parts, int overlay_fd,
                      std::int64_t overlay_bytes) {
  auto overlay = copy_overlay(overlay_fd, overlay_bytes, *parts.run_directory);
  if (!overlay) return std::move(overlay).error();
  config.disk_fd = parts.image->disk.fd.get();
  config.overlay = *std::move(overlay);
  return {};
}

}  // namespace

Result<MachineConfig> booting_machine(const MachineParts& parts, const MachineShape& shape,
                                      std::string name) {
  MachineConfig config = common_config(parts, shape, std::move(name));
  config.kernel_fd = parts.kernel->vmlinux.fd.get();
  config.initramfs_fd = parts.initramfs_fd;
  if (parts.image) {
    const Artifact& empty = parts.image->overlay;
    if (auto added = add_disk(config, parts, empty.fd.get(), empty.size_bytes); !added) {
      return std::move(added).error();
    }
  }
  return config;
}

Result<MachineConfig> restored_machine(const MachineParts& parts, const MachineShape& shape,
                                       std::string name, const Snapshot& snapshot) {
  MachineConfig config = common_config(parts, shape, std::move(name));
  config.restored = true;
  config.memory_fd = snapshot.memory_fd;
  config.token = snapshot.token;
  // Opened anew, for a file offset of its own.
  auto state = open_file("/proc/self/fd/" + std::to_string(snapshot.state_fd), O_RDONLY);
  if (!state) return std::move(state).error();
  config.state = *std::move(state);
  if (parts.image) {
    if (auto added = add_disk(config, parts, snapshot.overlay_fd, snapshot.overlay_bytes); !added) {
      return std::move(added).error();
    }
  }
  return config;
}

}  // namespace mayfly
