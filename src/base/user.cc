// SPDX-License-Identifier: Apache-2.0
#include "base/user.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace mayfly {

bool set_user(uid_t uid, gid_t gid) {
  return ::syscall(SYS_setresgid, gid, gid, gid) == 0 && ::syscall(SYS_setresuid, uid, uid, uid) == 0;
}

bool become_user(uid_t id) { return ::syscall(SYS_setgroups, 0, nullptr) == 0 && set_user(id, id); }

}  // namespace mayfly
