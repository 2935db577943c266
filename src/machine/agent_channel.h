// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/line_splitter.h"
#include "protocol/message.h"
#include "ring/ring.h"
#include "ring/stream.h"

namespace mayfly {

// The host's end of the agent's port: requests out, each with a number; lines in, cut and decoded. What comes
// in is hostile; what a reply means at this time is its owner's matter. A handler may call anything here,
// but must not destroy the channel.
class AgentChannel {
 public:
  struct Handlers {
    std::function<void(const Reply&)> on_reply;
    std::function<void(std::string)> on_garbled;  // why; may come more than once
    std::function<void()> on_closed;
  };

  AgentChannel(Ring& ring, Fd socket, Handlers handlers);

  // Returns the request's id.
  std::int64_t send(const std::string& token, decltype(Request::body) body);

  // Back-pressure: nothing is read, and no reply told, until resume().
  void pause();
  void resume();

  // For good: what still comes is dropped.
  void stop() { stopped_ = true; }

 private:
  void take_bytes(std::string_view bytes);
  void take_line(std::string_view line);

  Handlers handlers_;
  LineSplitter lines_{kMaxChannelLine};
  std::int64_t next_id_ = 1;
  bool paused_ = false;
  bool stopped_ = false;
  bool taking_ = false;  // we are in take_bytes()
  Stream stream_;
};

}  // namespace mayfly
