// SPDX-License-Identifier: Apache-2.0
//
// For a process that may borrow its parent's memory (clone3 with CLONE_VM, vfork): libc's functions would change the
// user of the parent's threads, too, so these are system calls alone. False: errno.
#pragma once

#include <sys/types.h>

namespace mayfly {

// Makes this process the user's and the group's of these numbers: real, effective and saved.
bool set_user(uid_t uid, gid_t gid);

// Makes it the user's and the group's of that number, in no other group.
bool become_user(uid_t id);

}  // namespace mayfly
