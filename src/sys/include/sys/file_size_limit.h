// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "base/result.h"

namespace mayfly {

// Limits the size of each file that another process may write (RLIMIT_FSIZE, both limits), by prlimit(2). That wants
// CAP_SYS_RESOURCE for a process of another user's, which root in a container lacks: then it is done as that user.
Result<void> limit_file_size(pid_t pid, std::int64_t bytes);

}  // namespace mayfly
