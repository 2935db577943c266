// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>

#include "base/result.h"
#include "guest/cell_entry.h"

namespace mayfly::guest {

// All that a new program starts with.
struct SpawnPlan {
  const char* program = nullptr;  // relative to `cwd`, or absolute
  char* const* argv = nullptr;
  char* const* envp = nullptr;
  int cwd = -1;
  int input = -1;
  int output = -1;
  int error = -1;
  int cgroup = -1;  // directory of the cgroup it is born in
  std::optional<uid_t> user = {};  // and group, with no others; absent: the agent's own
  const CellEntry* entry = nullptr;  // with one, neither `cwd` nor `user` counts
};

struct Spawned {
  pid_t pid = 0;
  int exec_error = 0;  // errno, and then there is no pid
};

// Starts a program: it leads its own session and process group, in its cgroup, with no
// descriptors but the three, no blocked and no handled signals; and confined, if so planned.
//
// The pointers in `plan` are read until it returns: when the program runs, or cannot; then
// exec_error says why and no process is left. An Error is about the agent's means, not about
// the program.
Result<Spawned> spawn(const SpawnPlan& plan);

}  // namespace mayfly::guest
