// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/fd.h"
#include "guest/loop.h"
#include "guest/output_queue.h"
#include "base/line_splitter.h"
#include "protocol/message.h"

namespace mayfly::guest {

// Above this backlog no more of a program's output is read: the program waits.
constexpr std::size_t kStreamBacklog = 1 << 20;
// Above this one no more requests are read: the host must take its replies first.
constexpr std::size_t kRequestBacklog = 2 << 20;

// What the channel tells its user.
class ChannelUser {
 public:
  virtual void on_line(std::string_view line) = 0;
  // A line longer than kMaxChannelLine was dropped; the next one is whole again.
  virtual void on_long_line() = 0;
  // The backlog has fallen below kStreamBacklog.
  virtual void on_room() = 0;
  // The host closed its end; nothing more will come or go.
  virtual void on_hangup() = 0;

 protected:
  ~ChannelUser() = default;
};

// Lines in, replies out, over the port. Never waits for the host: what the port does not
// take is queued, and the two limits above bound the queue to them plus one reply.
class Channel final : public Watcher {
 public:
  Channel(Fd port, ChannelUser& user);

  Result<void> open(Loop& loop);
  void send(const Reply& reply);
  bool has_room() const { return queue_.size() <= kStreamBacklog; }

  void ready(std::uint32_t events) override;

 private:
  void flush();
  void serve();
  bool receive();

  Fd port_;
  ChannelUser& user_;
  LineSplitter lines_;
  OutputQueue queue_;
  std::array<char, 16 * 1024> buffer_;  // what came from the port, until it is cut into lines
  // The host was there once: it took bytes, or the port said so. A hang-up before that means
  // only that it has not come yet.
  bool connected_ = false;
  bool readable_ = false;
};

}  // namespace mayfly::guest
