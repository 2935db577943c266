// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

namespace mayfly::guest {

// Makes this process the user's and the group's of that number, in no other group. Not by libc's
// functions, which would change the other threads of "this" process, too: it may be one that borrows
// the agent's memory. False: errno.
bool become_user(uid_t id);

}  // namespace mayfly::guest
