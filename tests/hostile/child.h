// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "attempt.h"

namespace hostile {

// clone3(2) with these flags, as fork(2) returns.
long clone3_process(std::uint64_t flags);

// To be called with what `call`, a call like fork(2), returned: in the parent and in the child.
// The child says for itself that it runs, and ends: its parent may be killed for having made
// it. The parent waits, has nothing to add to that, and ends too, unless the child did not
// get to speak.
Outcome let_child_speak(const Attempt& attempt, std::string_view call, long pid);

}  // namespace hostile
