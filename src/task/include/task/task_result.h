// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "monitor/incident.h"
#include "protocol/message.h"
#include "sys/cgroup.h"
#include "task/ending.h"
#include "task/program_outcome.h"

namespace mayfly {

// A file that the task was asked to leave behind, or why it could not be had.
struct ArtifactResult {
  std::string path;
  std::string content = {};
  std::int64_t size = 0;
  std::string error = {};  // not empty: there is no content
  std::string file = {};   // not empty: the content was written there instead
};

struct TaskTiming {
  Nanoseconds queue = 0;     // read from the input → given a machine's place
  Nanoseconds claim = 0;     // → it has a machine
  Nanoseconds first_output = 0;  // given a place → first byte of output known; 0: none
  Nanoseconds result = 0;    // given a place → the program's end known
  Nanoseconds exec = 0;      // program asked for → its end known
  Nanoseconds starved = 0;   // what its machine waited for processors of the host while programs ran; counts for no limit
  Nanoseconds teardown = 0;  // → nothing of the machine is left
  Nanoseconds total = 0;
};

// The machine that the task ran on: where it came from and what it took to have it, which was
// not part of the task's own time if it waited in the pool.
struct MachineReport {
  bool restored = false;     // from a template; else it booted
  bool hit = false;          // it waited in the pool
  Nanoseconds launch = 0;    // clone3 → QMP answers
  Nanoseconds load = 0;      // → the snapshot's state is loaded
  Nanoseconds boot = 0;      // → the agent has taken its token
  Nanoseconds exercise = 0;  // → the throw-away program has ended
};

// What was really in force for this task; a layer that was not is absent from its list.
struct Isolation {
  std::string accelerator;
  std::vector<std::string> jail;
  bool unsafe_no_jail = false;  // asked for
  std::vector<std::string> cgroup;
  std::string bpf;  // empty: none
  std::vector<std::string> limits_enforced;
  double time_factor = 1;  // on the task's time-outs and budgets of processor time
};

// SHA-256 digests of what the task ran on.
struct Provenance {
  std::string image;
  std::string kernel;
  std::string qemu;
};

struct TaskError {
  std::string stage;  // spec, policy, launch, boot, prepare, exec, collect, teardown
  std::string message;
  std::string hint;
};

// A step before the program itself.
struct ProgramReport {
  ProgramKind kind;
  ProgramOutcome outcome;
};

// How a case ended, where a task has several.
struct CaseResult {
  std::string id;
  ProgramOutcome outcome;
  std::optional<double> score = {};  // that the task's checker gave it
};

struct TaskResult {
  std::string id;  // where the input line had none that is valid: default_id()
  std::int64_t line = 0;
  Ending ending = Ending::cancelled;
  int attempts = 1;
  std::optional<int> exit_code;
  std::optional<int> signal;
  bool streamed = false;  // outputs went elsewhere as they came, and are not in here
  std::string out;
  std::string err;
  std::string out_file;  // not empty: the output was written there instead
  std::string err_file;
  bool truncated = false;
  std::optional<std::vector<std::string>> imports;  // of its source, if the task asked for them
  std::vector<ProgramReport> before;  // the steps before the program: its check, its compiler
  std::vector<CaseResult> cases;
  std::string comparison;  // its mode, where outputs were compared with what was expected; else empty
  std::vector<ArtifactResult> artifacts;
  CgroupUsage host;
  std::optional<GuestUsage> guest;
  std::optional<Nanoseconds> program_cpu;  // of the host's processors, while the program ran
  TaskTiming timing;
  std::optional<MachineReport> machine;  // absent: it never got one
  Isolation isolation;
  Provenance provenance;
  std::optional<TaskError> error;
  std::optional<Incident> incident;  // an escape that was attempted
  std::string labels = "{}";

  // The sum over its cases; absent: none of them has one.
  std::optional<double> score() const;

  Verdict verdict() const { return describe(ending).verdict; }
};

// The result of a line that is no valid task.
TaskResult spec_error_result(std::int64_t line, std::string message);

// One JSON object on one line, with its newline: schema 1 of docs/reference.md.
std::string to_json_line(const TaskResult& result);

}  // namespace mayfly
