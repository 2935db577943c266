// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"

namespace mayfly::guest {

// Files of /proc that runtimes read and that count what all programs of the machine do: a program in the sandbox finds
// them as they were when the machine booted, so that one case leaves no number there for the next.

// Remembers them, once, in the machine's own root.
Result<void> freeze_counters();

// Covers those of the /proc below this process's working directory. Nothing is allocated. False: errno.
bool cover_counters();

}  // namespace mayfly::guest
