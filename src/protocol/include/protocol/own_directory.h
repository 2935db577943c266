// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace mayfly {

// What is wrong with a path as Sandbox::directory (message.h); nullptr if nothing: it is absolute, and not the root,
// nor in a place that the sandbox has of its own.
const char* check_own_directory(std::string_view path);

}  // namespace mayfly
