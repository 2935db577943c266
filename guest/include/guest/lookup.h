// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocol/message.h"

namespace mayfly::guest {

// The PATH that `request`'s program is looked up in.
std::string_view search_path(const ExecRequest& request);

// Finds `bin` as a shell would, relative paths starting at the directory `cwd`. The error
// reads "<bin>: no such file or directory" (code ENOENT) or says why it cannot be run.
Result<std::string> find_program(int cwd, const std::string& bin, std::string_view path);

// True if `bin` as written, or `program` (what find_program made of it) as an absolute path
// with or without its symbolic links, is in `permissions`. Absent allows all, empty nothing.
bool is_permitted(const std::optional<std::vector<std::string>>& permissions,
                  const std::string& bin, const std::string& program, int cwd);

}  // namespace mayfly::guest
