// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mayfly::guest {

// The value of the last "<name>=<value>" on the kernel command line; nullopt if absent.
std::optional<std::string> kernel_option(std::string_view command_line, std::string_view name);

}  // namespace mayfly::guest
