// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace mayfly {

// The files that the loader opens for a program and its modules: its interpreter and all
// libraries, as the loader itself resolves them (ld.so(8), --list). Empty for a static program.
// Only for programs that are trusted: the loader maps them. An error for what is no ELF file.
Result<std::vector<std::string>> linked_files(const std::string& program, const std::vector<std::string>& modules);

}  // namespace mayfly
