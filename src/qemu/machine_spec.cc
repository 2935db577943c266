// SPDX-License-Identifier: Apache-2.0
#include "qemu/machine_spec.h"

#include <tuple>

#include "protocol/message.h"

namespace mayfly {
namespace {

using Arguments = std::vector<std::string>;

void add(Arguments& out, std::initializer_list<std::string> more) {
  out.insert(out.end(), more);
}

std::string by_fd(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

// The members of VmmSpec and MachineSize are taken apart here and below, so that one which is added stops this from
// compiling until it has its place. Threads have names, which tell virtual processors from others (ServedTimesReader).
// Without kvmclock (TCG) the guest calibrates its TSC against the PIT, and hangs without it.
void board_arguments(Arguments& out, const MachineSpec& spec) {
  const auto& [memory_mib, vcpus] = spec.size;
  const bool kvm = spec.vmm.accelerator == Accelerator::kvm;
  const std::string legacy = kvm ? "pit=off,pic=off,rtc=off" : "pit=on,pic=on,rtc=on";
  add(out, {"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-name", "debug-threads=on",
            "-M", "microvm,acpi=off,mem-merge=off," + legacy + (spec.memory ? ",memory-backend=memory" : ""),
            "-accel", kvm ? "kvm" : "tcg,thread=multi,tb-size=" + std::to_string(kTcgBufferMib),
            "-cpu", kvm ? "host" : "max",
            "-m", std::to_string(memory_mib) + "M",
            "-smp", std::to_string(vcpus)});
}

// Events tell when a migration has ended; asked for here, as a command would take longer.
void memory_arguments(Arguments& out, const MachineSpec& spec, const MemorySpec& memory) {
  add(out, {"-global", "migration.x-events=on", "-object", "memory-backend-file,id=memory,size=" + std::to_string(spec.size.memory_mib) +
                           "M,mem-path=" + by_fd(memory.fd) + ",share=" + (memory.shared ? "on" : "off")});
}

// QEMU's own seccomp filter: no fork or exec, no change of uid, no scheduler calls.
void sandbox_arguments(Arguments& out) {
  add(out, {"-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"});
}

// A TCG guest reads the host's time stamp counter. Told its rate, it need not calibrate it
// against an emulated PIT, which takes long and comes out wrong on a busy host.
// Without its APIC timer a single processor boots faster; several would fall back to slow ticks.
// But the PIT wakes an idle guest every 55 ms, so that a machine whose clones wait must do with it.
std::string tcg_clock_options(const MachineSpec& spec) {
  std::string options = " no_timer_check noreplace-smp";
  if (spec.size.vcpus == 1 && !spec.memory) options += " nolapic_timer";
  if (spec.vmm.tsc_khz > 0) options += " tsc=reliable tsc_early_khz=" + std::to_string(spec.vmm.tsc_khz);
  return options;
}

// panic=-1 reboots at once, -no-reboot turns that into an exit that QMP announces.
std::string kernel_command_line(const MachineSpec& spec) {
  std::string line =
      "console=ttyS0 quiet panic=-1 reboot=t random.trust_cpu=on "
      "rcupdate.rcu_expedited=1";
  if (spec.vmm.accelerator == Accelerator::tcg) line += tcg_clock_options(spec);
  if (spec.disk) line += " mayfly.root=/dev/vda";
  return line;
}

void kernel_arguments(Arguments& out, const MachineSpec& spec) {
  add(out, {"-kernel", by_fd(spec.kernel_fd), "-initrd", by_fd(spec.initramfs_fd),
            "-append", kernel_command_line(spec)});
}

// A clone must not drop the base out of the page cache that all share. Write errors stop the machine and are reported by the event BLOCK_IO_ERROR: a full disk of
// the host must not look to the task like a broken disk of its own.
void disk_arguments(Arguments& out, const DiskSpec& disk) {
  add(out, {"-add-fd", "fd=" + std::to_string(disk.base_fd) + ",set=1",
            "-add-fd", "fd=" + std::to_string(disk.overlay_fd) + ",set=2",
            "-blockdev",
            "driver=file,node-name=base-file,filename=/dev/fdset/1,read-only=on,locking=off,drop-cache=off",
            "-blockdev", "driver=raw,node-name=base,file=base-file,read-only=on",
            "-blockdev", "driver=file,node-name=overlay-file,filename=/dev/fdset/2,locking=off,"
            "aio=threads,drop-cache=off",
            "-blockdev", "driver=qcow2,node-name=disk,file=overlay-file,backing=base",
            "-device", std::string("virtio-blk-device,drive=disk,id=") + kDiskDevice + ",werror=stop,rerror=stop"});
}

void socket_chardev(Arguments& out, const std::string& id, int fd) {
  add(out, {"-chardev", "socket,id=" + id + ",fd=" + std::to_string(fd)});
}

void channel_arguments(Arguments& out, const MachineSpec& spec) {
  socket_chardev(out, "qmp", spec.qmp_fd);
  add(out, {"-mon", "chardev=qmp,mode=control"});
  socket_chardev(out, "console", spec.console_fd);
  add(out, {"-serial", "chardev:console"});
  socket_chardev(out, "agent", spec.agent_fd);
  add(out, {"-device", "virtio-serial-device",
            "-device", std::string("virtserialport,chardev=agent,name=") + kAgentPort});
}

}  // namespace

std::string_view to_string(Accelerator accelerator) {
  return accelerator == Accelerator::kvm ? "kvm" : "tcg";
}

std::vector<std::string> qemu_arguments(const MachineSpec& spec) {
  const auto& [qemu, accelerator, tsc_khz] = spec.vmm;
  std::ignore = std::tie(accelerator, tsc_khz);  // of the board and the kernel
  Arguments out{qemu};
  board_arguments(out, spec);
  sandbox_arguments(out);
  if (spec.memory) memory_arguments(out, spec, *spec.memory);
  if (spec.incoming) {
    add(out, {"-incoming", "defer"});
  } else {
    add(out, {"-S"});
    kernel_arguments(out, spec);
  }
  if (spec.disk) disk_arguments(out, *spec.disk);
  channel_arguments(out, spec);
  return out;
}

std::vector<int> inherited_descriptors(const MachineSpec& spec) {
  std::vector<int> fds{spec.kernel_fd, spec.initramfs_fd, spec.state_fd, spec.qmp_fd, spec.agent_fd,
                       spec.console_fd};
  if (spec.memory) fds.push_back(spec.memory->fd);
  if (spec.disk) fds.insert(fds.end(), {spec.disk->base_fd, spec.disk->overlay_fd});
  std::erase(fds, -1);
  return fds;
}

}  // namespace mayfly
