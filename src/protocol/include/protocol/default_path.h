// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace mayfly {

// PATH in a machine, for programs whose request has none.
inline constexpr std::string_view kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

}  // namespace mayfly
