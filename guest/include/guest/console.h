// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace mayfly::guest {

// One line on the machine's console, through the kernel's log: never blocks. For what the
// host must be able to read although the port is not there yet. Nothing secret.
void complain(std::string_view message);

}  // namespace mayfly::guest
