// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mayfly::guest {

// Of this process's network namespace, the only interface there is. False: errno.
bool bring_up_loopback();

}  // namespace mayfly::guest
