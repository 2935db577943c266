// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "guest/channel.h"
#include "guest/loop.h"

namespace mayfly::guest {

// A program's stdin. Holds one chunk at most, and acknowledges it when the program has
// taken it all, or will never take it.
class InputPipe final : public Watcher {
 public:
  InputPipe(Loop& loop, Channel& channel) : loop_(loop), channel_(channel) {}

  // Returns the program's end; with `stdin_open` false it is at its end already.
  Result<Fd> open(bool stdin_open);

  // What to answer if the chunk is turned away; else it is acknowledged in time.
  std::optional<ErrorReply> give(std::optional<std::int64_t> id, StdinRequest&& request);

  // The program has ended: what it did not take is dropped, and acknowledged.
  void close();
  void ready(std::uint32_t events) override;

 private:
  void write_some();
  void acknowledge();
  void wait_for_room();

  Loop& loop_;
  Channel& channel_;
  Fd fd_;
  bool accepting_ = false;  // the host may still send
  bool watched_ = false;
  bool busy_ = false;  // a chunk is unacknowledged
  std::optional<std::int64_t> id_;
  std::string data_;
  std::size_t written_ = 0;
};

}  // namespace mayfly::guest
