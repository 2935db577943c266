// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "protocol/message.h"
#include "task/ending.h"

namespace mayfly {

// What a program is for in its task.
enum class ProgramKind { check, compile, make_checker, run, judge };

// "check", "compile", "checker", "exec": also where a task's error names what was being done.
std::string_view to_string(ProgramKind kind);

// How one ended, and what it left.
struct ProgramOutcome {
  Ending ending = Ending::cancelled;
  std::string message;  // for people; may be empty
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::optional<GuestUsage> usage;
  std::string out;
  std::string err;
  bool truncated = false;
  bool machine_lost = false;  // it could not be ended there, so that nothing more can run
  std::optional<Nanoseconds> cpu;      // of its machine's virtual processors while it ran, by the host's count
  std::optional<Nanoseconds> starved;  // what they waited for a processor of the host
  bool out_of_processes = false;  // it asked for one more than it may have
  Nanoseconds first_output = 0;        // monotonic; 0: none
  Nanoseconds ended = 0;    // 0: it did not come to that
};

}  // namespace mayfly
