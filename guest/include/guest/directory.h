// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace mayfly::guest {

// Makes `path` and its parents, as `mkdir -p`; relative paths start at `base`.
Result<void> make_directories(int base, const std::string& path);

// Makes a request's working directory and opens it (O_PATH); "" is "/".
Result<Fd> open_working_directory(const std::string& cwd);

}  // namespace mayfly::guest
