// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/result.h"
#include "protocol/message.h"

namespace mayfly::guest {

// What makes a machine restored from a template differ from its siblings: name, clock and
// entropy. Fields left empty are left as they are. The token is the Gate's business.
Result<void> assume_identity(const ResumeRequest& request);

// Sets CLOCK_REALTIME, in nanoseconds since 1970; 0 leaves it as it is.
Result<void> set_clock(std::int64_t realtime_ns);

}  // namespace mayfly::guest
