// SPDX-License-Identifier: Apache-2.0
#include "vmm_launch.h"

#include <utility>

#include "jail/confinement.h"
#include "qemu/machine_spec.h"
#include "sys/files.h"

namespace mayfly {
namespace {

// One end of each channel, or the other.
struct Sockets {
  Fd qmp, agent, console;
};

Result<void> connect(Sockets& near_ends, Sockets& far_ends) {
  for (const auto socket : {&Sockets::qmp, &Sockets::agent, &Sockets::console}) {
    auto pair = socket_pair();
    if (!pair) return std::move(pair).error();
    near_ends.*socket = std::move(pair->first);
    far_ends.*socket = std::move(pair->second);
  }
  return {};
}

MachineSpec spec_for(const MachineConfig& config, const Sockets& far_ends) {
  MachineSpec spec;
  spec.vmm = config.vmm;
  spec.size = config.size;
  spec.kernel_fd = config.kernel.get();
  spec.initramfs_fd = config.initramfs.get();
  if (config.memory) spec.memory = MemorySpec{config.memory.get(), !config.restored};
  spec.incoming = config.restored;
  if (config.restored) spec.state_fd = config.state.get();
  if (config.disk) spec.disk = DiskSpec{config.disk.get(), config.overlay.get()};
  spec.qmp_fd = far_ends.qmp.get();
  spec.agent_fd = far_ends.agent.get();
  spec.console_fd = far_ends.console.get();
  return spec;
}

Result<Process> spawn(const MachineConfig& config, const MachineSpec& spec, int stderr_fd) {
  const Cgroup* cgroup = config.cgroup ? &*config.cgroup : nullptr;
  auto confinement = Confinement::create(config.oversight.jail, cgroup, config.process_limits);
  if (!confinement) return std::move(confinement).error();
  return Process::spawn({.path = spec.vmm.qemu,
                         .argv = qemu_arguments(spec),
                         .env = {"PATH=/usr/bin:/bin", "LC_ALL=C"},
                         .inherit = inherited_descriptors(spec),
                         .stderr_fd = stderr_fd,
                         // A guest that boots and lives long does better with them.
                         .huge_pages = !config.restored,
                         .setup = &*confinement});
}

}  // namespace

Result<Vmm> launch_vmm(const MachineConfig& config) {
  Sockets near_ends, far_ends;
  if (auto connected = connect(near_ends, far_ends); !connected) return std::move(connected).error();
  auto stderr_pipe = make_pipe();
  if (!stderr_pipe) return std::move(stderr_pipe).error();
  const MachineSpec spec = spec_for(config, far_ends);
  auto process = spawn(config, spec, stderr_pipe->second.get());
  if (!process) return std::move(process).error();
  return Vmm{*std::move(process),          std::move(near_ends.qmp),        std::move(near_ends.agent),
             std::move(near_ends.console), std::move(stderr_pipe->first), spec.state_fd};
}

}  // namespace mayfly
