// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <vector>

#include "image/language.h"
#include "machine/factory.h"
#include "task/limits.h"
#include "task/task_result.h"

namespace mayfly {

// What all tasks of a run share: where machines come from, and what is true of each.
struct TaskEnvironment {
  MachineParts parts;
  Isolation isolation;
  Provenance provenance;
  std::vector<Language> languages;  // of the image
  MachineShape largest = {std::numeric_limits<int>::max(),
                          std::numeric_limits<int>::max()};  // that the host can hold
};

// The machine for these limits: memory in powers of two from 128 MiB, so that few shapes
// exist, plus a reserve for the guest's kernel and agent. With a language (may be null), what that
// takes for itself is in the limits, and comes on top, as do its files in memory.
MachineShape shape_for(const Limits& limits, const Language* language = nullptr);

}  // namespace mayfly
