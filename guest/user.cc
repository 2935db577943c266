// SPDX-License-Identifier: Apache-2.0
#include "guest/user.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace mayfly::guest {

bool become_user(uid_t id) {
  return ::syscall(SYS_setgroups, 0, nullptr) == 0 && ::syscall(SYS_setresgid, id, id, id) == 0 &&
         ::syscall(SYS_setresuid, id, id, id) == 0;
}

}  // namespace mayfly::guest
