// SPDX-License-Identifier: Apache-2.0
//
// The paths that a task names in its machine. Whatever field holds one, it is read by these two.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace mayfly {

// The path of a file: one that is relative stays below the task's cwd. Returned in its normal form, without "." and
// without doubled slashes, so that two names of one file are the same. An error says what is wrong, as in
// "must not hold '..'", for whoever knows the field.
Result<std::string> read_file_path(std::string_view path);

// The path of a directory, which must be absolute; in the same form.
Result<std::string> read_directory_path(std::string_view path);

}  // namespace mayfly
