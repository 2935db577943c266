// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "image/language.h"
#include "task/task_spec.h"

namespace mayfly {

// What these files import, as far as they are in the language: the names that its expressions find, sorted, each
// once. They are read line by line and not understood, so what is in a comment or a text may be there, and what is
// put together while the program runs is not. Of hostile files as quick as of others: at most kMostImportBytes of
// all files are read, and kMostImports names kept.
std::vector<std::string> imports_of(const Language& language, const std::vector<TaskFile>& files);

inline constexpr std::size_t kMostImportBytes = 1 << 20;
inline constexpr std::size_t kMostImports = 1000;

}  // namespace mayfly
