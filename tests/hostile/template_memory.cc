// SPDX-License-Identifier: Apache-2.0
//
// The memory that every clone of a template starts from: a sealed file that QEMU has open.
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "attempt.h"
#include "opening.h"

namespace hostile {
namespace {

int fd_of(const Attempt& attempt) { return static_cast<int>(attempt.number("fd")); }

Outcome write_descriptor(const Attempt& attempt) { return write_text(attempt, fd_of(attempt)); }

Outcome store(const Attempt& attempt, void* mapping) {
  const std::string& text = attempt.text("text");
  std::memcpy(mapping, text.data(), text.size());
  return success("mmap: written through the mapping");
}

Outcome map_shared(const Attempt& attempt) {
  void* mapping = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd_of(attempt), 0);
  return mapping == MAP_FAILED ? judge("mmap", -1) : store(attempt, mapping);
}

Outcome protect_shared(const Attempt& attempt) {
  void* mapping = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd_of(attempt), 0);
  if (mapping == MAP_FAILED) return judge("mmap", -1);
  const int result = ::mprotect(mapping, 4096, PROT_READ | PROT_WRITE);
  return result < 0 ? judge("mprotect", result) : store(attempt, mapping);
}

// There is no call to take seals away; what can be tried is to set them to none.
Outcome unseal(const Attempt& attempt) {
  const int fd = fd_of(attempt);
  const long result = ::syscall(SYS_fcntl, fd, F_ADD_SEALS, 0);
  return result < 0 ? judge("fcntl", result) : write_text(attempt, fd);
}

Outcome truncate_descriptor(const Attempt& attempt) {
  return judge("ftruncate", ::syscall(SYS_ftruncate, fd_of(attempt), 0L));
}

Outcome punch_hole(const Attempt& attempt) {
  constexpr int kPunch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  return judge("fallocate", ::syscall(SYS_fallocate, fd_of(attempt), kPunch, 0L, 4096L));
}

// Memory of all who map the file, to be taken from one node of the host's.
Outcome bind_memory(const Attempt& attempt) {
  constexpr int kBind = 2;  // MPOL_BIND
  const unsigned long first = 1;
  void* mapping = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd_of(attempt), 0);
  return mapping == MAP_FAILED ? judge("mmap", -1) : judge("mbind", ::syscall(SYS_mbind, mapping, 4096L, kBind, &first, 64L, 0L));
}

constexpr Attack kAttacks[] = {
    {"write_descriptor", write_descriptor},
    {"map_shared", map_shared},
    {"protect_shared", protect_shared},
    {"unseal", unseal},
    {"truncate_descriptor", truncate_descriptor},
    {"punch_hole", punch_hole},
    {"bind_memory", bind_memory},
};

}  // namespace

std::span<const Attack> template_attacks() { return kAttacks; }

}  // namespace hostile
