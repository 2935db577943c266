// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "base/json_fields.h"
#include "task/limits.h"

namespace mayfly {

// Reads field `name` as the limit of `row`, within its range and below its ceiling. Problems are recorded in `fields`.
std::optional<double> read_limit(JsonFields& fields, std::string_view name, const LimitRow& row,
                                 const Ceilings& ceilings);

// Reads "limits", which may hold any of them.
void read_limits(JsonFields& task, Limits& limits, const Ceilings& ceilings);

}  // namespace mayfly
