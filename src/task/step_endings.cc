// SPDX-License-Identifier: Apache-2.0
#include "step_endings.h"

namespace mayfly {
namespace {

// It never began, by the agent's word.
bool is_missing(Ending ending) { return ending == Ending::not_found || ending == Ending::cannot_run; }

// The host found that a limit was exceeded.
bool is_stopped(Ending ending) {
  return ending == Ending::host_timeout || ending == Ending::cpu_limit || ending == Ending::output_limit;
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

Ending ending_of(ProgramStep::Kind kind, Ending ending) {
  if (kind == ProgramStep::Kind::run) return ending;
  const Ending before = ending_before(ending);
  if (kind != ProgramStep::Kind::make_checker) return before;
  return before == Ending::compile_failed ? Ending::checker_failed : before == Ending::compile_stopped ? Ending::checker_stopped : before;
}

Ending ending_of_checker(Ending ending) {
  if (is_stopped(ending)) return Ending::checker_stopped;
  return lets_go_on(ending) || is_missing(ending) ? Ending::checker_failed : ending;
}

}  // namespace mayfly
