// SPDX-License-Identifier: Apache-2.0
#include "runner/endings.h"

namespace mayfly {
namespace {

// It never began, by the agent's word.
bool is_missing(Ending ending) {
  return ending == Ending::not_found || ending == Ending::cannot_run;
}

// The host found that a limit was exceeded.
bool is_stopped(Ending ending) {
  return ending == Ending::host_timeout || ending == Ending::cpu_limit ||
         ending == Ending::output_limit;
}

Ending ending_before(Ending ending) {
  if (ending == Ending::exited_zero) return ending;
  if (is_missing(ending)) return Ending::compiler_missing;
  if (is_stopped(ending)) return Ending::compile_stopped;
  return lets_go_on(ending) ? Ending::compile_failed : ending;
}

}  // namespace

bool lets_go_on(Ending ending) {
  switch (ending) {
    case Ending::exited_zero:
    case Ending::expected_output:
    case Ending::unexpected_output:
    case Ending::exited_nonzero:
    case Ending::signalled:
    case Ending::guest_timeout:
    case Ending::host_timeout:
    case Ending::guest_out_of_memory:
    case Ending::guest_cpu_limit:
    case Ending::cpu_limit:
    case Ending::guest_output_limit: return true;
    default: return false;
  }
}

Ending ending_of(ProgramKind kind, Ending ending) {
  if (kind == ProgramKind::run) return ending;
  const Ending before = ending_before(ending);
  if (kind != ProgramKind::make_checker) return before;
  return before == Ending::compile_failed    ? Ending::checker_failed
         : before == Ending::compile_stopped ? Ending::checker_stopped
                                             : before;
}

Ending ending_of_checker(Ending ending) {
  if (is_stopped(ending)) return Ending::checker_stopped;
  return lets_go_on(ending) || is_missing(ending) ? Ending::checker_failed : ending;
}

Ending ending_of(MachineFailure failure) {
  switch (failure) {
    case MachineFailure::none: break;
    case MachineFailure::launch_failed: return Ending::launch_failed;
    case MachineFailure::boot_timeout: return Ending::boot_timeout;
    case MachineFailure::host_overloaded: return Ending::host_overloaded;
    case MachineFailure::boot_failed: return Ending::boot_failed;
    case MachineFailure::guest_reset: return Ending::guest_reset;
    case MachineFailure::guest_shutdown: return Ending::guest_shutdown;
    case MachineFailure::agent_closed: return Ending::agent_closed;
    case MachineFailure::agent_garbled: return Ending::agent_garbled;
    case MachineFailure::agent_lied: return Ending::agent_lied;
    case MachineFailure::vmm_exited: return Ending::vmm_exited;
    case MachineFailure::vmm_signalled: return Ending::vmm_signalled;
    case MachineFailure::vmm_sigsys: return Ending::vmm_sigsys;
    case MachineFailure::qmp_failed: return Ending::qmp_failed;
    case MachineFailure::disk_limit: return Ending::disk_limit;
    case MachineFailure::escape_detected: return Ending::escape_detected;
    case MachineFailure::host_out_of_memory: return Ending::host_out_of_memory;
    case MachineFailure::host_disk_full: return Ending::host_disk_full;
    case MachineFailure::host_io_error: return Ending::host_io_error;
  }
  return Ending::cancelled;
}

}  // namespace mayfly
