// SPDX-License-Identifier: Apache-2.0
#include "sys/file_size_limit.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/user.h"

namespace mayfly {
namespace {

// prlimit(2) by a child that has become the other process's user, in terms of system calls: it
// borrows our memory. Returns errno, or 0.
int limit_as_user(pid_t pid, uid_t uid, gid_t gid, rlimit size) {
  volatile int code = 0;
  const pid_t child = ::vfork();
  if (child < 0) return errno;
  if (child == 0) {
    const bool done = set_user(uid, gid) && ::syscall(SYS_prlimit64, pid, RLIMIT_FSIZE, &size, nullptr) == 0;
    code = done ? 0 : errno;
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  return code;
}

}  // namespace

Result<void> limit_file_size(pid_t pid, std::int64_t bytes) {
  const auto most = static_cast<rlim_t>(bytes);
  const rlimit size{most, most};
  int code = ::prlimit(pid, RLIMIT_FSIZE, &size, nullptr) < 0 ? errno : 0;
  struct stat owner {};
  if (code == EPERM && ::stat(("/proc/" + std::to_string(pid)).c_str(), &owner) == 0) {
    code = limit_as_user(pid, owner.st_uid, owner.st_gid, size);
  }
  if (code != 0) return Error::system("limit the size of a process's files", code);
  return {};
}

}  // namespace mayfly
