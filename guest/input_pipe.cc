// SPDX-License-Identifier: Apache-2.0
#include "guest/input_pipe.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>

namespace mayfly::guest {

Result<Fd> InputPipe::open(bool stdin_open) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error::system("pipe2", errno);
  Fd program_end(ends[0]);
  fd_.reset(ends[1]);
  accepting_ = stdin_open;
  watched_ = false;
  if (stdin_open) {
    ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);  // our end only
  } else {
    fd_.reset();
  }
  return program_end;
}

std::optional<ErrorReply> InputPipe::give(std::optional<std::int64_t> id, StdinRequest&& request) {
  if (busy_) return ErrorReply{Refusal::busy, "the program has not taken the last 'stdin' yet"};
  if (!accepting_) return ErrorReply{Refusal::invalid, "the program's stdin is closed"};
  accepting_ = !request.eof;
  busy_ = true;
  id_ = id;
  data_ = std::move(request.data);
  written_ = 0;
  write_some();
  return std::nullopt;
}

void InputPipe::ready(std::uint32_t) {
  if (busy_) write_some();
}

void InputPipe::write_some() {
  while (fd_ && written_ < data_.size()) {
    const ssize_t put = ::write(fd_.get(), data_.data() + written_, data_.size() - written_);
    if (put < 0 && errno == EAGAIN) return wait_for_room();
    if (put < 0) {
      fd_.reset();  // the program closed it
    } else {
      written_ += static_cast<std::size_t>(put);
    }
  }
  if (!accepting_) fd_.reset();
  acknowledge();
}

void InputPipe::wait_for_room() {
  if (watched_) return;
  // Edge-triggered, so that it can stay when there is nothing to write.
  if (loop_.watch(fd_.get(), EPOLLOUT | EPOLLET, *this)) {
    watched_ = true;
  } else {
    fd_.reset();
    acknowledge();
  }
}

void InputPipe::acknowledge() {
  if (!busy_) return;
  busy_ = false;
  data_ = {};
  channel_.send({id_, AckReply{}});
}

void InputPipe::close() {
  fd_.reset();
  acknowledge();
}

}  // namespace mayfly::guest
