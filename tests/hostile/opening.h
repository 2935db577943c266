// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attempt.h"

namespace hostile {

// The flags of open(2) for mode=read|write|both|truncate|create.
int opening_flags(const Attempt& attempt);

// What an attack does with the file that `call` has opened, or else judges errno: it writes
// text=… to its beginning, or looks for needle=… in it. Without either, to have it open is enough.
Outcome use_opened(const Attempt& attempt, std::string_view call, long fd);

// The same for a file that is open already.
Outcome write_text(const Attempt& attempt, int fd);
Outcome find_needle(const Attempt& attempt, std::string_view text);

}  // namespace hostile
