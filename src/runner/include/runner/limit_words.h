// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "plan/program.h"

namespace mayfly {

// "the program", "the checker", "the compiler".
std::string who(ProgramKind kind);

// "256 MiB", "1000 bytes".
std::string size_words(std::int64_t bytes);

// The limit that a step which failed has met, as far as its end and its own words tell, and what it is; empty: none.
std::string limit_met(const ProgramStep& step, const ProgramOutcome& outcome);

}  // namespace mayfly
