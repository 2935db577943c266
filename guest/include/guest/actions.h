// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/message.h"

namespace mayfly::guest {

// ping, uname, id and work, answered by the agent itself: no program of the image runs.
ActionReply run_action(const ActionRequest& request);

}  // namespace mayfly::guest
