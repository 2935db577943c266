// SPDX-License-Identifier: Apache-2.0
//
// The source texts of a task in a language, and the commands that the language's file (image/language.h) says for them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "image/language.h"
#include "task/task_spec.h"

namespace mayfly {

using Words = std::vector<std::string>;

// The path of the file that the program begins in. A text without a file (TaskSpec::source) becomes one of `spec`.
// Fails with a message for the task's author if none of the files can be it, or several.
Result<std::string> find_entry(TaskSpec& spec, const Language& language);

// The paths of all files in the language, the entry as the first.
Words sources_of(const TaskSpec& spec, const Language& language, const std::string& entry);

// A text with {heap_mib} and {stack_mib} replaced; `memory_bytes` is the program's limit.
std::string fill_in(std::string text, std::int64_t memory_bytes);

// A command with {sources}, {entry} and {program} replaced, too.
Words fill_in(const CommandTemplate& command, const Words& sources, std::int64_t memory_bytes);

}  // namespace mayfly
