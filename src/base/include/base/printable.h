// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace mayfly {

// `text` with control characters and broken UTF-8 made visible, so that bytes of a guest
// cannot move a terminal's cursor.
std::string printable(std::string_view text);

// So much of it as a message needs.
std::string shown(std::string_view text);

}  // namespace mayfly
