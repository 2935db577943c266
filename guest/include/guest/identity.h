// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "protocol/message.h"

namespace mayfly::guest {

// What makes a machine restored from a template differ from its siblings: name, clock and
// entropy. Fields left empty are left as they are. The token is the Gate's business.
Result<void> assume_identity(const ResumeRequest& request);

// Makes a host name one of 127.0.1.1 in that file, as Debian's installer does, in the place of the name that
// the machine had before: its template's. An image may be without such a file.
Result<void> name_in_hosts(const char* path, const std::string& before, const std::string& hostname);

// Sets CLOCK_REALTIME, in nanoseconds since 1970; 0 leaves it as it is.
Result<void> set_clock(std::int64_t realtime_ns);

}  // namespace mayfly::guest
