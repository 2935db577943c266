// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "plan/program.h"

namespace mayfly {

// "the program", "the checker", "the compiler".
std::string who(ProgramKind kind);

// "256 MiB", "1000 bytes".
std::string size_words(std::int64_t bytes);

// The limit that a program which failed has met, as far as its end and its own words tell, and what
// it is; empty: none.
std::string limit_met(const TaskProgram& program, const ProgramOutcome& outcome);

}  // namespace mayfly
