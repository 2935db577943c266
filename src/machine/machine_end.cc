// SPDX-License-Identifier: Apache-2.0
#include "machine/machine_end.h"

#include <array>
#include <csignal>
#include <cstring>

namespace mayfly {
namespace {

// How a child ends that could not execute QEMU (Process), and a program whose libraries are not all there (ld.so).
constexpr int kNeverBegan = 127;

// Seen by how the process ended alone: which system call it was, the kernel has not said.
Incident sigsys_incident(pid_t pid) {
  Incident incident;
  incident.pid = pid;
  incident.kind = Incident::Kind::seccomp;
  incident.at = monotonic_now();
  return incident;
}

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return std::string("SIG") + (name ? name : "?");
}

}  // namespace

void MachineEnd::decide(MachineFailure reason, std::string why) {
  if (std::exchange(decided, true)) return;
  failure = reason;
  detail = std::move(why);
}

void MachineEnd::escaped(const Incident& seen) {
  if (incident) return;
  incident = seen;
  failure = MachineFailure::escape_detected;
  detail = "QEMU " + describe(seen);
  decided = true;
}

void MachineEnd::judge(const ProcessEnd& ended, pid_t pid) {
  if (incident) return;
  if (ended.signalled && ended.status == SIGSYS) {
    failure = MachineFailure::vmm_sigsys;
    detail = "QEMU made a system call that no VMM has a reason to make, and was killed (SIGSYS)";
    incident = sigsys_incident(pid);
    return;
  }
  if (ended.signalled && ended.status == SIGKILL && usage.oom_kills > 0) {
    return decide(MachineFailure::host_out_of_memory, "the kernel killed QEMU for want of memory");
  }
  if (ended.signalled) return decide(MachineFailure::vmm_signalled, "QEMU was killed by " + signal_name(ended.status));
  if (!greeted && ended.status == kNeverBegan) return decide(MachineFailure::launch_failed, "QEMU could not be executed");
  decide(MachineFailure::vmm_exited, "QEMU exited by itself with status " + std::to_string(ended.status));
}

std::string_view to_string(MachineFailure failure) {
  constexpr std::array<std::string_view, 19> kNames = {
      "none",           "launch_failed",   "boot_timeout",       "host_overloaded", "boot_failed",
      "guest_reset",    "guest_shutdown",  "agent_closed",       "agent_garbled",   "agent_lied",
      "vmm_exited",     "vmm_signalled",   "vmm_sigsys",         "qmp_failed",      "disk_limit",
      "escape_detected", "host_out_of_memory", "host_disk_full", "host_io_error"};
  return kNames[static_cast<std::size_t>(failure)];
}

}  // namespace mayfly
