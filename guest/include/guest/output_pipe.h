// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "base/fd.h"
#include "guest/channel.h"
#include "guest/loop.h"

namespace mayfly::guest {

// One output of a program, streamed to the host in order and unchanged, up to a limit. Reads only
// while the channel has room, so the program waits for a slow host.
class OutputPipe final : public Watcher {
 public:
  OutputPipe(Loop& loop, Channel& channel, bool is_stderr)
      : loop_(loop), channel_(channel), is_stderr_(is_stderr) {}

  // Returns the program's end; replies carry `id`. At most `limit` bytes are sent; when there is one
  // more, the pipe closes and `watcher` is called.
  Result<Fd> open(std::optional<std::int64_t> id, std::size_t limit = kNoLimit, Watcher* watcher = nullptr);

  // What was opened for one request goes on for another.
  void take_over(std::optional<std::int64_t> id, std::size_t limit);

  // No writer is left that matters: what is in the pipe now is sent, and then it closes,
  // even if a straggler holds the other end.
  void finish();
  bool is_open() const { return static_cast<bool>(fd_); }
  bool exceeded() const { return exceeded_; }
  void close() { fd_.reset(); }

  // Goes on after the channel was full.
  void on_room();
  void ready(std::uint32_t events) override;

  static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

 private:
  void read_chunk();
  void send(std::size_t size);
  void read_all();
  void pause();

  // The usual size of a pipe, and at most kMaxChunk.
  static constexpr std::size_t kReadSize = 64 * 1024;

  Loop& loop_;
  Channel& channel_;
  bool is_stderr_;
  std::optional<std::int64_t> id_;
  Fd fd_;
  bool paused_ = false;
  std::size_t left_ = kNoLimit;  // after finish(): bytes still to read
  std::size_t allowance_ = kNoLimit;  // bytes that may still be sent
  bool exceeded_ = false;
  Watcher* watcher_ = nullptr;
  std::array<char, kReadSize> buffer_;
};

}  // namespace mayfly::guest
