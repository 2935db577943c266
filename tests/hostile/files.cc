// SPDX-License-Identifier: Apache-2.0
//
// Files of the host, by name.
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <memory>

#include "attempt.h"
#include "opening.h"

namespace hostile {
namespace {

constexpr int kMode = 0600;

const char* path_of(const Attempt& attempt) { return attempt.text("path").c_str(); }
int fd_of(const Attempt& attempt) { return static_cast<int>(attempt.number("fd")); }

Outcome open_old(const Attempt& attempt) {
  return use_opened(attempt, "open", ::syscall(SYS_open, path_of(attempt), opening_flags(attempt), kMode));
}

Outcome open_at(const Attempt& attempt) {
  return use_opened(attempt, "openat",
                    ::syscall(SYS_openat, AT_FDCWD, path_of(attempt), opening_flags(attempt), kMode));
}

Outcome open_at2(const Attempt& attempt) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(opening_flags(attempt));
  how.mode = how.flags & O_CREAT ? kMode : 0;
  return use_opened(attempt, "openat2", ::syscall(SYS_openat2, AT_FDCWD, path_of(attempt), &how, sizeof how));
}

Outcome creat_file(const Attempt& attempt) {
  return judge("creat", ::syscall(SYS_creat, path_of(attempt), kMode));
}

Outcome truncate_file(const Attempt& attempt) {
  return judge("truncate", ::syscall(SYS_truncate, path_of(attempt), 0L));
}

Outcome unlink_file(const Attempt& attempt) {
  return judge("unlink", ::syscall(SYS_unlink, path_of(attempt)));
}

Outcome stat_file(const Attempt& attempt) {
  struct stat status;
  return judge("newfstatat", ::syscall(SYS_newfstatat, AT_FDCWD, path_of(attempt), &status, 0));
}

// A device that nobody has: the last of the memory technology devices.
Outcome make_device(const Attempt& attempt) {
  return judge("mknodat", ::syscall(SYS_mknodat, AT_FDCWD, path_of(attempt), S_IFBLK | kMode, makedev(31, 255)));
}

// What descriptors refer to can be opened anew by its handle, with other rights.
Outcome open_by_handle(const Attempt& attempt) {
  alignas(file_handle) char room[sizeof(file_handle) + MAX_HANDLE_SZ];
  auto* handle = reinterpret_cast<file_handle*>(room);
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  const int fd = fd_of(attempt);
  if (::syscall(SYS_name_to_handle_at, fd, "", handle, &mount, AT_EMPTY_PATH) < 0) {
    return judge("name_to_handle_at", -1);
  }
  return use_opened(attempt, "open_by_handle_at", ::syscall(SYS_open_by_handle_at, fd, handle, opening_flags(attempt)));
}

Outcome name_to_handle(const Attempt& attempt) {
  alignas(file_handle) char room[sizeof(file_handle) + MAX_HANDLE_SZ];
  auto* handle = reinterpret_cast<file_handle*>(room);
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  return judge("name_to_handle_at",
               ::syscall(SYS_name_to_handle_at, AT_FDCWD, path_of(attempt), handle, &mount, 0));
}

constexpr Attack kAttacks[] = {
    {"open", open_old},
    {"openat", open_at},
    {"openat2", open_at2},
    {"creat", creat_file},
    {"truncate", truncate_file},
    {"unlink", unlink_file},
    {"stat", stat_file},
    {"mknod", make_device},
    {"open_by_handle", open_by_handle},
    {"name_to_handle", name_to_handle},
};

}  // namespace

std::span<const Attack> file_attacks() { return kAttacks; }

}  // namespace hostile
