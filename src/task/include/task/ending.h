// SPDX-License-Identifier: Apache-2.0
//
// The one table of how a task can end, and what mayfly says of it. Who may say what: the
// guest may report outcomes of the task only; whatever ends the machine, and every limit
// the host holds, is the host's to say, and it wins.
#pragma once

#include <optional>
#include <string_view>

namespace mayfly {

enum class Verdict {
  ok,
  wrong_output,  // of a case whose output was said to be another
  nonzero_exit,
  signalled,
  timeout,
  cpu_exceeded,
  memory_exceeded,
  output_exceeded,
  disk_exceeded,
  compile_error,
  policy_rejected,
  escape_detected,
  infra_error,
  spec_error,
  cancelled,
};

// Whose doing it is: a failure of the infrastructure is never the task's.
enum class Fault { none, task, infra, policy, config, cancelled };

enum class Evidence { host, guest };

enum class Ending {
  // What the program did.
  exited_zero,
  expected_output,    // and the host has compared it
  unexpected_output,  // likewise
  checker_rejected,   // the output, by the word of the task's checker
  exited_nonzero,
  signalled,
  not_found,    // no such program (exit code 127)
  cannot_run,   // found, but cannot be executed (exit code 126)
  compile_failed,
  compile_stopped,  // by the host, at a limit
  // Limits, by who noticed.
  guest_timeout,  // the agent's own, which stands far behind the host's
  host_timeout,
  guest_out_of_memory,
  guest_cpu_limit,
  guest_output_limit,
  cpu_limit,
  output_limit,
  disk_limit,
  // What the host or the agent would not run.
  permission_denied,
  permission_denied_by_agent,
  compiler_missing,  // which the image's language names
  checker_failed,    // the task's own checker could not be made, or did not judge
  checker_stopped,   // by the host, at a limit
  files_refused,  // the agent could not write the task's files where they should go
  source_rejected,
  spec_invalid,
  unknown_language,  // of the task's image
  // Attacks on the host.
  escape_detected,
  vmm_sigsys,
  // What the machine did.
  launch_failed,
  boot_timeout,
  boot_failed,
  prepare_timeout,  // a silent agent, before the program (during it: host_timeout)
  collect_timeout,  // and after it
  guest_reset,
  guest_shutdown,
  agent_failed,   // the agent says that a system call of its own failed
  agent_closed,
  agent_garbled,
  agent_lied,
  vmm_exited,
  vmm_signalled,
  qmp_failed,
  host_disk_full,
  host_io_error,
  host_out_of_memory,
  mayfly_out_of_memory,  // mayfly itself could not hold the task or what it printed
  host_overloaded,  // the machine got next to no time of a processor
  // The user stopped it.
  cancelled,
};

inline constexpr int kEndings = static_cast<int>(Ending::cancelled) + 1;

struct EndingRow {
  std::string_view name;
  Verdict verdict;
  Fault fault;
  bool retryable;  // trying the same task again may end otherwise
  Evidence evidence;
};

const EndingRow& describe(Ending ending);

std::string_view to_string(Verdict verdict);
std::string_view to_string(Fault fault);
std::string_view to_string(Evidence evidence);
std::optional<Verdict> parse_verdict(std::string_view name);

}  // namespace mayfly
