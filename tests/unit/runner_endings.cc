// SPDX-License-Identifier: Apache-2.0
#include "runner/endings.h"

#include "helpers.h"

namespace mayfly::test {
namespace {

TEST_CASE("each way a machine fails is an ending of its task") {
  constexpr std::pair<MachineFailure, Ending> kEach[] = {
      {MachineFailure::launch_failed, Ending::launch_failed},
      {MachineFailure::boot_timeout, Ending::boot_timeout},
      {MachineFailure::host_overloaded, Ending::host_overloaded},
      {MachineFailure::boot_failed, Ending::boot_failed},
      {MachineFailure::guest_reset, Ending::guest_reset},
      {MachineFailure::guest_shutdown, Ending::guest_shutdown},
      {MachineFailure::agent_closed, Ending::agent_closed},
      {MachineFailure::agent_garbled, Ending::agent_garbled},
      {MachineFailure::agent_lied, Ending::agent_lied},
      {MachineFailure::vmm_exited, Ending::vmm_exited},
      {MachineFailure::vmm_signalled, Ending::vmm_signalled},
      {MachineFailure::vmm_sigsys, Ending::vmm_sigsys},
      {MachineFailure::qmp_failed, Ending::qmp_failed},
      {MachineFailure::disk_limit, Ending::disk_limit},
      {MachineFailure::escape_detected, Ending::escape_detected},
      {MachineFailure::host_out_of_memory, Ending::host_out_of_memory},
      {MachineFailure::host_disk_full, Ending::host_disk_full},
      {MachineFailure::host_io_error, Ending::host_io_error},
  };
  CHECK(std::size(kEach) == static_cast<std::size_t>(MachineFailure::host_io_error));
  for (const auto& [failure, ending] : kEach) {
    CHECK(ending_of(failure) == ending);
    CHECK(to_string(failure) == describe(ending).name);
    CHECK(describe(ending).verdict != Verdict::ok);
  }
}

TEST_CASE("how a compiler ends is a matter of the task's, and of a checker's compiler a matter of its author's") {
  struct Row {
    Ending ending, compiler, of_checker, checker;
  };
  constexpr Row kRows[] = {
      {Ending::exited_nonzero, Ending::compile_failed, Ending::checker_failed, Ending::checker_failed},
      {Ending::signalled, Ending::compile_failed, Ending::checker_failed, Ending::checker_failed},
      {Ending::guest_timeout, Ending::compile_failed, Ending::checker_failed, Ending::checker_failed},
      {Ending::guest_out_of_memory, Ending::compile_failed, Ending::checker_failed, Ending::checker_failed},
      {Ending::host_timeout, Ending::compile_stopped, Ending::checker_stopped, Ending::checker_stopped},
      {Ending::cpu_limit, Ending::compile_stopped, Ending::checker_stopped, Ending::checker_stopped},
      {Ending::output_limit, Ending::compile_stopped, Ending::checker_stopped, Ending::checker_stopped},
      {Ending::not_found, Ending::compiler_missing, Ending::compiler_missing, Ending::checker_failed},
      {Ending::cannot_run, Ending::compiler_missing, Ending::compiler_missing, Ending::checker_failed},
      {Ending::agent_lied, Ending::agent_lied, Ending::agent_lied, Ending::agent_lied},
      {Ending::host_overloaded, Ending::host_overloaded, Ending::host_overloaded, Ending::host_overloaded},
  };
  for (const Row& row : kRows) {
    CAPTURE(describe(row.ending).name);
    CHECK(ending_of(ProgramKind::run, row.ending) == row.ending);
    CHECK(ending_of(ProgramKind::check, row.ending) == row.compiler);
    CHECK(ending_of(ProgramKind::compile, row.ending) == row.compiler);
    CHECK(ending_of(ProgramKind::make_checker, row.ending) == row.of_checker);
    CHECK(ending_of_checker(row.ending) == row.checker);
  }
  CHECK(ending_of(ProgramKind::compile, Ending::exited_zero) == Ending::exited_zero);
}

TEST_CASE("no program runs on a machine that had to be ended, or whose agent is not to be believed") {
  for (int i = 0; i < kEndings; ++i) {
    const auto ending = static_cast<Ending>(i);
    CAPTURE(describe(ending).name);
    if (describe(ending).fault == Fault::infra) CHECK_FALSE(lets_go_on(ending));
    if (describe(ending).verdict == Verdict::escape_detected) CHECK_FALSE(lets_go_on(ending));
  }
  CHECK_FALSE(lets_go_on(Ending::output_limit));  // it still runs
  CHECK(lets_go_on(Ending::host_timeout));
}

}  // namespace
}  // namespace mayfly::test
