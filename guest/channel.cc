// SPDX-License-Identifier: Apache-2.0
#include "guest/channel.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>

namespace mayfly::guest {

Channel::Channel(Fd port, ChannelUser& user)
    : port_(std::move(port)), user_(user), lines_(kMaxChannelLine) {}

Result<void> Channel::open(Loop& loop) {
  // Edge-triggered: a port that the host has not opened yet hangs up without end.
  return loop.watch(port_.get(), EPOLLIN | EPOLLOUT | EPOLLET, *this);
}

void Channel::send(const Reply& reply) {
  queue_.push(encode(reply));
  flush();
}

void Channel::flush() {
  const std::size_t before = queue_.size();
  if (!queue_.flush(port_.get())) user_.on_hangup();
  connected_ = connected_ || queue_.size() < before;
}

void Channel::ready(std::uint32_t events) {
  if (events & EPOLLHUP) {
    if (connected_) user_.on_hangup();
    return;
  }
  connected_ = true;
  readable_ = readable_ || (events & EPOLLIN) != 0;
  flush();
  if (has_room()) user_.on_room();
  serve();
}

void Channel::serve() {
  while (queue_.size() <= kRequestBacklog) {
    if (const auto line = lines_.next()) {
      user_.on_line(*line);
    } else if (lines_.overflowed()) {
      lines_.recover();
      user_.on_long_line();
    } else if (!receive()) {
      return;
    }
  }
}

bool Channel::receive() {
  if (!readable_) return false;
  const ssize_t got = ::read(port_.get(), buffer_.data(), buffer_.size());
  readable_ = got > 0;
  if (got > 0) lines_.append({buffer_.data(), static_cast<std::size_t>(got)});
  return readable_;
}

}  // namespace mayfly::guest
