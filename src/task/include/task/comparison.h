// SPDX-License-Identifier: Apache-2.0
//
// Judging a case without a checker.
#pragma once

#include <string_view>

namespace mayfly {

// Whether a program's output is what a case expects: the same but for blanks at the ends of lines and of the whole.
bool is_expected(std::string_view output, std::string_view expected);

}  // namespace mayfly
