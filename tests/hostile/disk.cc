// SPDX-License-Identifier: Apache-2.0
//
// A file that fd=… is open on, filled with more than it may hold, by all ways that a file can grow; and
// whatever else can be written to without an end.
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "attempt.h"

namespace hostile {
namespace {

constexpr std::array<char, 64 * 1024> kBlock{};

int fd_of(const Attempt& attempt) { return static_cast<int>(attempt.number("fd")); }

// Writes bytes=… bytes to fd=….
Outcome flood(const Attempt& attempt) {
  const long wanted = attempt.number("bytes");
  long written = 0;
  while (written < wanted) {
    const ssize_t n = ::write(fd_of(attempt), kBlock.data(), kBlock.size());
    if (n < 0) break;
    written += n;
  }
  return reached("write", written, wanted);
}

Outcome grow_by_truncate(const Attempt& attempt) {
  return judge("ftruncate", ::syscall(SYS_ftruncate, fd_of(attempt), attempt.number("bytes")));
}

// By the door that file systems had before fallocate: FS_IOC_RESVSP, which the kernel's headers keep to themselves.
Outcome grow_by_ioctl(const Attempt& attempt) {
  struct {
    short type = 0, whence = 0;
    long start = 0, length = 0;
    int system = 0, pid = 0, reserved[4] = {};
  } range;
  range.length = attempt.number("bytes");
  return judge("ioctl", ::syscall(SYS_ioctl, fd_of(attempt), _IOW('X', 40, decltype(range)), &range));
}

Outcome grow_by_allocate(const Attempt& attempt) {
  return judge("fallocate", ::syscall(SYS_fallocate, fd_of(attempt), 0, 0L, attempt.number("bytes")));
}

Outcome grow_by_write_behind(const Attempt& attempt) {
  return judge("pwrite64", ::syscall(SYS_pwrite64, fd_of(attempt), "x", 1L, attempt.number("bytes")));
}

// Blocks of the disk behind the end of the file, whose size stays as it is.
Outcome grow_behind_end(const Attempt& attempt) {
  return judge("fallocate", ::syscall(SYS_fallocate, fd_of(attempt), FALLOC_FL_KEEP_SIZE, 0L, attempt.number("bytes")));
}

// What was written is pushed on, and room for more made before it, where writing is allowed.
Outcome grow_by_insertion(const Attempt& attempt) {
  constexpr auto kSize = static_cast<long>(kBlock.size());
  const long wanted = attempt.number("bytes");
  long written = 0;
  for (; written < wanted; written += kSize) {
    if (::pwrite(fd_of(attempt), kBlock.data(), kBlock.size(), 0) < 0) break;
    if (::syscall(SYS_fallocate, fd_of(attempt), FALLOC_FL_INSERT_RANGE, 0L, kSize) < 0) break;
  }
  return reached("fallocate", written, wanted);
}

constexpr Attack kAttacks[] = {
    {"flood", flood},
    {"grow_by_truncate", grow_by_truncate},
    {"grow_by_allocate", grow_by_allocate},
    {"grow_by_ioctl", grow_by_ioctl},
    {"grow_by_write", grow_by_write_behind},
    {"grow_behind_end", grow_behind_end},
    {"grow_by_insertion", grow_by_insertion},
};

}  // namespace

std::span<const Attack> disk_attacks() { return kAttacks; }

}  // namespace hostile
