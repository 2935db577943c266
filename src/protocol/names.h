// SPDX-License-Identifier: Apache-2.0
// Wire names of the protocol's enumerations, for both codecs.
#pragma once

#include <optional>
#include <string_view>

#include "protocol/message.h"

namespace mayfly {

std::optional<Refusal> parse_refusal(std::string_view name);
std::optional<Action> parse_action(std::string_view name);
std::optional<Limit> parse_limit(std::string_view name);

}  // namespace mayfly
