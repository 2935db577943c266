// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mayfly {

enum class Accelerator { kvm, tcg };

std::string_view to_string(Accelerator accelerator);

// The disk of a machine: a read-only raw base and a writable qcow2 overlay, by descriptor.
struct DiskSpec {
  int base_fd = -1;
  int overlay_fd = -1;
};

// One `microvm` machine. Everything it may touch comes as a descriptor that the process
// inherits under the same number; it has no network device, by construction.
struct MachineSpec {
  std::string qemu;  // path of qemu-system-x86_64
  Accelerator accelerator = Accelerator::tcg;
  int memory_mib = 512;
  int vcpus = 1;
  std::int64_t tsc_khz = 0;  // of the host, for TCG guests, which see its counter; 0: unknown
  int kernel_fd = -1;  // PVH vmlinux
  int initramfs_fd = -1;
  std::optional<DiskSpec> disk;
  int qmp_fd = -1;      // connected stream sockets
  int agent_fd = -1;
  int console_fd = -1;
};

// The command line, argv[0] included. Pure. The machine starts stopped (-S): it runs after
// the QMP command `cont`.
std::vector<std::string> qemu_arguments(const MachineSpec& spec);

// The descriptors that the process must inherit.
std::vector<int> inherited_descriptors(const MachineSpec& spec);

}  // namespace mayfly
