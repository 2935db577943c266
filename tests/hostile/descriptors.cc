// SPDX-License-Identifier: Apache-2.0
//
// Files of the host through descriptors that QEMU was given.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attempt.h"
#include "opening.h"

namespace hostile {
namespace {

int fd_of(const Attempt& attempt) { return static_cast<int>(attempt.number("fd")); }

// There are hosts that show a process only its descriptors' names; this asks for their files.
Outcome open_descriptor(const Attempt& attempt) {
  const std::string path = "/proc/self/fd/" + attempt.text("fd");
  return use_opened(attempt, "openat", ::syscall(SYS_openat, AT_FDCWD, path.c_str(), opening_flags(attempt), 0));
}

Outcome chmod_descriptor(const Attempt& attempt) {
  return judge("fchmod", ::syscall(SYS_fchmod, fd_of(attempt), 0666));
}

// A descriptor that others share has its flags and its position in common with them.
Outcome set_flags(const Attempt& attempt) {
  const int fd = fd_of(attempt);
  const long flags = ::syscall(SYS_fcntl, fd, F_GETFL);
  return judge("fcntl", ::syscall(SYS_fcntl, fd, F_SETFL, flags | O_APPEND | O_NONBLOCK));
}

Outcome move_position(const Attempt& attempt) {
  return judge("lseek", ::syscall(SYS_lseek, fd_of(attempt), 1L, SEEK_CUR));
}

Outcome lock_descriptor(const Attempt& attempt) {
  return judge("flock", ::syscall(SYS_flock, fd_of(attempt), LOCK_EX | LOCK_NB));
}

// Other kinds of locks, which a descriptor for reading is enough for. A lease makes whoever
// opens the file for writing wait.
Outcome lock_range(const Attempt& attempt) {
  struct flock all {};
  all.l_type = F_RDLCK;
  return judge("fcntl F_OFD_SETLK", ::syscall(SYS_fcntl, fd_of(attempt), F_OFD_SETLK, &all));
}

Outcome lease(const Attempt& attempt) {
  return judge("fcntl F_SETLEASE", ::syscall(SYS_fcntl, fd_of(attempt), F_SETLEASE, F_RDLCK));
}

// Out of the host's memory, so that everybody has to read it from the disk again.
Outcome evict(const Attempt& attempt) {
  return judge("fadvise64", ::syscall(SYS_fadvise64, fd_of(attempt), 0L, 0L, POSIX_FADV_DONTNEED));
}

Outcome page_out(const Attempt& attempt) {
  constexpr int kPageOut = 21;  // MADV_PAGEOUT
  void* mapping = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd_of(attempt), 0);
  return mapping == MAP_FAILED ? judge("mmap", -1) : judge("madvise", ::syscall(SYS_madvise, mapping, 4096L, kPageOut));
}

// No file by any path, and so none of Landlock's business.
Outcome reopen_pipe(const Attempt&) {
  int ends[2];
  if (::syscall(SYS_pipe2, ends, O_CLOEXEC | O_NONBLOCK) < 0) return judge("pipe2", -1);
  const std::string path = "/proc/self/fd/" + std::to_string(ends[0]);
  return judge("openat", ::syscall(SYS_openat, AT_FDCWD, path.c_str(), O_RDONLY | O_NONBLOCK));
}

constexpr Attack kAttacks[] = {
    {"open_descriptor", open_descriptor},
    {"chmod_descriptor", chmod_descriptor},
    {"set_flags", set_flags},
    {"move_position", move_position},
    {"lock_descriptor", lock_descriptor},
    {"lock_range", lock_range},
    {"lease", lease},
    {"evict", evict},
    {"page_out", page_out},
    {"reopen_pipe", reopen_pipe},
};

}  // namespace

std::span<const Attack> descriptor_attacks() { return kAttacks; }

}  // namespace hostile
