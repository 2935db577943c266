// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace mayfly {

// The machine's first file system as the host program carries it: an uncompressed cpio
// archive whose /init is the agent. Lives as long as the program.
std::string_view agent_initramfs();

}  // namespace mayfly
