// SPDX-License-Identifier: Apache-2.0
#include "guest/output_pipe.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace mayfly::guest {

Result<Fd> OutputPipe::open(std::optional<std::int64_t> id, std::size_t limit, Watcher* watcher) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error::system("pipe2", errno);
  fd_.reset(ends[0]);
  Fd program_end(ends[1]);
  id_ = id;
  paused_ = false;
  left_ = kNoLimit;
  allowance_ = limit;
  exceeded_ = false;
  watcher_ = watcher;
  ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);  // our end only
  if (auto watched = loop_.watch(fd_.get(), EPOLLIN, *this); !watched) return watched.error();
  return program_end;
}

void OutputPipe::take_over(std::optional<std::int64_t> id, std::size_t limit) {
  id_ = id;
  allowance_ = limit;
}

void OutputPipe::finish() {
  if (!fd_) return;
  int present = 0;
  ::ioctl(fd_.get(), FIONREAD, &present);
  left_ = static_cast<std::size_t>(std::max(present, 0));
  read_all();
}

void OutputPipe::on_room() {
  if (!fd_ || !paused_) return;
  if (left_ != kNoLimit) {
    read_all();
  } else if (loop_.watch(fd_.get(), EPOLLIN, *this)) {
    paused_ = false;
  }
}

void OutputPipe::ready(std::uint32_t) {
  if (fd_ && channel_.has_room()) read_chunk();
  if (fd_ && !channel_.has_room()) pause();
}

void OutputPipe::pause() {
  if (!paused_) loop_.forget(fd_.get());
  paused_ = true;
}

void OutputPipe::read_all() {
  while (fd_ && left_ > 0 && channel_.has_room()) read_chunk();
  if (fd_ && left_ == 0) return close();
  if (fd_) pause();
}

void OutputPipe::read_chunk() {
  const ssize_t got = ::read(fd_.get(), buffer_.data(), std::min(buffer_.size(), left_));
  if (got > 0) {
    const auto size = static_cast<std::size_t>(got);
    if (left_ != kNoLimit) left_ -= size;
    send(size);
  } else if (got == 0 || errno != EAGAIN || left_ != kNoLimit) {
    close();
  }
}

void OutputPipe::send(std::size_t size) {
  const std::size_t allowed = std::min(size, allowance_);
  allowance_ -= allowance_ == kNoLimit ? 0 : allowed;
  if (allowed > 0) channel_.send({id_, StreamReply{is_stderr_, std::string(buffer_.data(), allowed)}});
  if (allowed == size) return;
  exceeded_ = true;
  close();
  if (watcher_) watcher_->ready(0);
}

}  // namespace mayfly::guest
