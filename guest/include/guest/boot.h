// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace mayfly::guest {

// Makes a machine out of a bare kernel: mounts, the root file system that the kernel
// command line names with mayfly.root= (none: the initramfs stays the root), cgroups,
// loopback. Carries on after a failure, so that the agent can tell the host, and returns
// the first one.
Result<void> set_up_machine();

// "+memory +pids" and so on: of the controllers that the kernel offers ("cpu io memory"),
// those that a task is measured and limited by.
std::string controllers_to_enable(std::string_view offered);

}  // namespace mayfly::guest
