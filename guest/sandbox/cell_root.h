// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mayfly::guest {

// Gives this process, the first in mount and PID namespaces of its own, the root that sandboxed
// programs see (guest/cell.h says what is in it). Returns what failed, with errno, or nullptr.
const char* make_root();

}  // namespace mayfly::guest
