// SPDX-License-Identifier: Apache-2.0
#include "guest/output_queue.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace mayfly::guest {
namespace {

// The port holds up to 1,024 writes that the host has not taken, in kernel memory, and each
// as one block: small writes bound that to 4 MiB, and find their block in a full machine.
constexpr std::size_t kMaxWrite = 4096;

// An empty queue keeps no more memory than this.
constexpr std::size_t kKeptCapacity = 256 * 1024;

// The kernel's memory is short for a moment: as good as a full port.
bool is_full(int code) { return code == EAGAIN || code == ENOMEM; }

}  // namespace

void OutputQueue::push(std::string_view bytes) {
  // What was written is dropped only when it is the larger part, so each byte moves once.
  if (start_ > buffer_.size() / 2) {
    buffer_.erase(0, start_);
    start_ = 0;
  }
  buffer_.append(bytes);
}

Result<void> OutputQueue::flush(int fd) {
  while (size() > 0) {
    const ssize_t put = ::write(fd, buffer_.data() + start_, std::min(size(), kMaxWrite));
    if (put < 0 && is_full(errno)) return {};
    if (put < 0) return Error::system("write to the port", errno);
    start_ += static_cast<std::size_t>(put);
  }
  start_ = 0;
  buffer_.clear();
  if (buffer_.capacity() > kKeptCapacity) buffer_.shrink_to_fit();
  return {};
}

}  // namespace mayfly::guest
