// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace mayfly {

// What is wrong with an id that is_valid_id() does not take, for who knows its field.
std::string not_an_id(std::string_view text);

}  // namespace mayfly
