// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "attempt.h"

namespace hostile {

// Every attack there is, kind by kind.
std::vector<Attack> all_attacks();

// Null: there is none of that name.
const Attack* find_attack(std::string_view name);

}  // namespace hostile
