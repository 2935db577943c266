// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "judge/comparison.h"

namespace mayfly {

// Whether a word of an output is the one that was expected, by the rules of `tokens` or `floats`.
bool is_same_word(const Comparison& comparison, std::string_view word, std::string_view expected);

}  // namespace mayfly
