// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"

namespace mayfly::guest {

// fd, stdin, stdout and stderr in the folder `dev`, as shells expect them; those that are there stay.
Result<void> make_device_links(const char* dev);

}  // namespace mayfly::guest
