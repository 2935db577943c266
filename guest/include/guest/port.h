// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace mayfly::guest {

// Opens the virtio-serial port called `name`, non-blocking. The kernel learns the names
// some time after it found the device, and announces each: waits for that as long as it takes.
Result<Fd> open_port(std::string_view name);

}  // namespace mayfly::guest
