// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "protocol/message.h"

namespace mayfly::guest {

// What to answer if no program could be meant by the request, or its sandbox's own directory cannot
// be had; that is made on the way.
std::optional<ErrorReply> check_exec(const ExecRequest& request);

}  // namespace mayfly::guest
