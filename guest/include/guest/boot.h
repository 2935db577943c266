// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mayfly::guest {

// Makes a machine out of a bare kernel: mounts, the root file system that the kernel
// command line names with mayfly.root= (none: the initramfs stays the root), cgroups,
// loopback, limits that programs inherit. Carries on after a failure, so that the agent can tell the host, and returns
// the first one.
Result<void> set_up_machine();

// "+memory +pids" and so on: of the controllers that the kernel offers ("cpu io memory"),
// those that a task is measured and limited by.
std::string controllers_to_enable(std::string_view offered);

// How large a stack may be in a machine of that memory: as large, so that it is the limit of memory which
// ends one that grows for ever. Not "unlimited": of that, libc would make 2 MiB for each thread.
std::uint64_t stack_limit(std::uint64_t memory_bytes);

}  // namespace mayfly::guest
