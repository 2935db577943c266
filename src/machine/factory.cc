// SPDX-License-Identifier: Apache-2.0
#include "machine/factory.h"

#include <fcntl.h>

#include "image/overlay.h"
#include "sys/files.h"

namespace mayfly {
namespace {

// QEMU itself, and its worker threads: one for each virtual processor, those that write to
// the disk (64 at most), and a few that come and go.
constexpr std::int64_t kVmmMib = 128;
constexpr std::int64_t kWorkerThreads = 64 + 16;

// What QEMU may take beside the guest's memory.
std::int64_t vmm_reserve_bytes(Accelerator accelerator) {
  return (kVmmMib + (accelerator == Accelerator::tcg ? kTcgBufferMib : 0)) << 20;
}

enum class Origin { boot, snapshot };

// For the whole QEMU. Where a snapshot has no page, the first write of any machine to it takes two: Linux puts an empty
// one into the snapshot's file, which all its machines will share, and counts it against the one that came first.
std::int64_t memory_limit(const MachineParts& parts, const MachineShape& shape, Origin origin) {
  const std::int64_t guest = std::int64_t{shape.memory_mib} << 20;
  return guest * (origin == Origin::snapshot ? 2 : 1) + vmm_reserve_bytes(parts.vmm.accelerator) +
         (parts.overlays_in_memory ? kDefaultDiskBytes : 0);
}

Result<void> add_limits(MachineConfig& config, const MachineParts& parts, const MachineShape& shape, Origin origin) {
  const std::int64_t threads = shape.vcpus + kWorkerThreads;
  config.process_limits.file_bytes = kDefaultDiskBytes;
  config.process_limits.threads = threads;
  if (!parts.cgroups) return {};
  CgroupLimits limits;
  limits.memory_bytes = memory_limit(parts, shape, origin);
  limits.processes = threads;
  auto cgroup = parts.cgroups->create(config.name, limits);
  if (!cgroup) return std::move(cgroup).error();
  config.cgroup = *std::move(cgroup);
  return {};
}

Result<MachineConfig> common_config(const MachineParts& parts, const MachineShape& shape, std::string name, Origin origin) {
  MachineConfig config;
  config.name = std::move(name);
  config.vmm = parts.vmm;
  config.size = shape;
  config.oversight = parts.oversight;
  config.boot_timeout = parts.boot_timeout;
  if (auto added = add_limits(config, parts, shape, origin); !added) return std::move(added).error();
  return config;
}

Result<void> take_file(Fd& file, int shared) {
  auto own = reopen(shared, O_RDONLY);
  if (!own) return std::move(own).error();
  file = *std::move(own);
  return {};
}

Result<void> add_disk(MachineConfig& config, const MachineParts& parts, int overlay_fd,
                      std::int64_t overlay_bytes) {
  auto overlay = copy_overlay(overlay_fd, overlay_bytes, *parts.run_directory);
  if (!overlay) return std::move(overlay).error();
  config.overlay = *std::move(overlay);
  return take_file(config.disk, parts.image->disk.fd.get());
}

}  // namespace

Result<MachineConfig> booting_machine(const MachineParts& parts, const MachineShape& shape,
                                      std::string name) {
  auto common = common_config(parts, shape, std::move(name), Origin::boot);
  if (!common) return common;
  MachineConfig config = *std::move(common);
  if (auto taken = take_file(config.kernel, parts.kernel->vmlinux.fd.get()); !taken) return std::move(taken).error();
  if (auto taken = take_file(config.initramfs, parts.initramfs_fd); !taken) return std::move(taken).error();
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
  auto common = common_config(parts, shape, std::move(name), Origin::snapshot);
  if (!common) return common;
  MachineConfig config = *std::move(common);
  config.restored = true;
  config.token = snapshot.token;
  if (auto taken = take_file(config.memory, snapshot.memory_fd); !taken) return std::move(taken).error();
  if (auto taken = take_file(config.state, snapshot.state_fd); !taken) return std::move(taken).error();
  if (parts.image) {
    if (auto added = add_disk(config, parts, snapshot.overlay_fd, snapshot.overlay_bytes); !added) {
      return std::move(added).error();
    }
  }
  return config;
}

}  // namespace mayfly
