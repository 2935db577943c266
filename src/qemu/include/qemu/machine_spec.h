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

// What QMP calls the machine's disk.
inline constexpr const char* kDiskDevice = "disk0";

// Most that TCG keeps of translated code, beside the guest's memory.
inline constexpr int kTcgBufferMib = 256;

// What runs the machines of a host, the same for all of them.
struct VmmSpec {
  std::string qemu;  // path of qemu-system-x86_64
  Accelerator accelerator = Accelerator::tcg;
  std::int64_t tsc_khz = 0;  // of the host, for TCG guests, which see its counter; 0: unknown
};

// What a task asks for in a machine.
struct MachineSize {
  int memory_mib = 512;
  int vcpus = 1;

  auto operator<=>(const MachineSize&) const = default;
};

// The disk of a machine: a read-only raw base and a writable qcow2 overlay, by descriptor.
struct DiskSpec {
  int base_fd = -1;
  int overlay_fd = -1;
};

// The guest's memory as a file (a memfd). A machine that shares it writes into it; one that
// does not sees it as it was, and keeps what it writes to itself (MAP_PRIVATE): the file must
// then never change while the machine lives.
struct MemorySpec {
  int fd = -1;
  bool shared = false;
};

// One `microvm` machine. Everything it may touch comes as a descriptor that the process
// inherits under the same number; it has no network device, by construction.
struct MachineSpec {
  VmmSpec vmm;
  MachineSize size;
  int kernel_fd = -1;        // PVH vmlinux; -1 with `incoming`: the kernel is in the memory
  int initramfs_fd = -1;
  std::optional<MemorySpec> memory;  // absent: anonymous, for machines that are never cloned
  bool incoming = false;     // its state comes by migration, into the memory above
  int state_fd = -1;         // the migration's file, read or written; -1: none
  std::optional<DiskSpec> disk;
  int qmp_fd = -1;      // connected stream sockets
  int agent_fd = -1;
  int console_fd = -1;
};

// The command line, argv[0] included. Pure. The machine starts stopped: it runs after the QMP
// command `cont`, or, with `incoming`, when the state of a running machine has come. A machine that takes over another's
// state must be described as that one was, except for what is marked above as its own.
std::vector<std::string> qemu_arguments(const MachineSpec& spec);

// The descriptors that the process must inherit.
std::vector<int> inherited_descriptors(const MachineSpec& spec);

}  // namespace mayfly
