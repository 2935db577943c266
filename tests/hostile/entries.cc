// SPDX-License-Identifier: Apache-2.0
//
// Other ways into the kernel than the one that filters usually look at.
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "attempt.h"
#include "opening.h"

namespace hostile {
namespace {

long with_errno(long result) {
  if (result >= 0) return result;
  errno = static_cast<int>(-result);
  return -1;
}

// The entry of 32-bit programs, which 64-bit ones can take as well.
long int80(long number, const void* first, long second, long third) {
  long result;
  asm volatile("int $0x80"
               : "=a"(result)
               : "a"(number), "b"(first), "c"(second), "d"(third)
               : "memory", "r8", "r9", "r10", "r11");
  return with_errno(static_cast<int>(result));
}

// A copy of the text where 32 bits reach it.
char* below_4gib(const std::string& text) {
  void* room = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (room == MAP_FAILED) return nullptr;
  return ::strncpy(static_cast<char*>(room), text.c_str(), 4095);
}

Outcome open_int80(const Attempt& attempt) {
  constexpr long kOpen = 5;  // in the table of 32-bit programs
  const char* path = below_4gib(attempt.text("path"));
  if (!path) return judge("mmap", -1);
  return use_opened(attempt, "open by int80", int80(kOpen, path, opening_flags(attempt), 0));
}

Outcome open_x32(const Attempt& attempt) {
  constexpr long kX32 = 0x40000000;
  return use_opened(attempt, "open by x32",
                    ::syscall(kX32 | SYS_open, attempt.text("path").c_str(), opening_flags(attempt), 0));
}

// A submission queue of one entry, and its completion queue.
class OneEntryRing {
 public:
  long setup() {
    fd_ = static_cast<int>(::syscall(SYS_io_uring_setup, 1, &params_));
    return fd_;
  }

  bool map() {
    submissions_ = map_at(IORING_OFF_SQ_RING, params_.sq_off.array + params_.sq_entries * sizeof(unsigned));
    completions_ = map_at(IORING_OFF_CQ_RING, params_.cq_off.cqes + params_.cq_entries * sizeof(io_uring_cqe));
    entries_ = map_at(IORING_OFF_SQES, params_.sq_entries * sizeof(io_uring_sqe));
    return submissions_ && completions_ && entries_;
  }

  // What the operation returns, once the kernel has done it.
  long run(const io_uring_sqe& entry) {
    std::memcpy(entries_, &entry, sizeof entry);
    *reinterpret_cast<unsigned*>(submissions_ + params_.sq_off.array) = 0;
    __atomic_store_n(reinterpret_cast<unsigned*>(submissions_ + params_.sq_off.tail), 1, __ATOMIC_RELEASE);
    if (::syscall(SYS_io_uring_enter, fd_, 1, 1, IORING_ENTER_GETEVENTS, nullptr, 0) < 0) return -1;
    const auto* done = reinterpret_cast<io_uring_cqe*>(completions_ + params_.cq_off.cqes);
    return with_errno(done->res);
  }

 private:
  char* map_at(std::uint64_t what, std::size_t size) const {
    void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, static_cast<off_t>(what));
    return at == MAP_FAILED ? nullptr : static_cast<char*>(at);
  }

  io_uring_params params_{};
  int fd_ = -1;
  char* submissions_ = nullptr;
  char* completions_ = nullptr;
  char* entries_ = nullptr;
};

// The kernel opens the file in a worker of its own, where no filter sees a system call.
Outcome open_io_uring(const Attempt& attempt) {
  OneEntryRing ring;
  if (ring.setup() < 0) return judge("io_uring_setup", -1);
  if (!ring.map()) return judge("mmap", -1);
  io_uring_sqe entry{};
  entry.opcode = IORING_OP_OPENAT;
  entry.fd = AT_FDCWD;
  entry.addr = reinterpret_cast<std::uint64_t>(attempt.text("path").c_str());
  entry.open_flags = static_cast<std::uint32_t>(opening_flags(attempt));
  return use_opened(attempt, "IORING_OP_OPENAT", ring.run(entry));
}

// Any system call by its number, with arguments that none can use. To come back from the
// kernel is what counts: a filter let it through.
Outcome any_call(const Attempt& attempt) {
  const long result = ::syscall(attempt.number("number"), -1L, -1L, -1L, -1L, -1L, -1L);
  return success("it returned " + std::to_string(result < 0 ? -errno : result));
}

constexpr Attack kAttacks[] = {
    {"open_int80", open_int80},
    {"open_x32", open_x32},
    {"open_io_uring", open_io_uring},
    {"any_call", any_call},
};

}  // namespace

std::span<const Attack> entry_attacks() { return kAttacks; }

}  // namespace hostile
