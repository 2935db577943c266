// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "guest/channel.h"
#include "guest/gate.h"
#include "guest/loop.h"
#include "guest/reaper.h"
#include "guest/task.h"
#include "protocol/message.h"

namespace mayfly::guest {

// Takes requests from the port and answers each of them: decodes, checks the token and
// hands over to whoever does the work. Powers the machine off when the host is gone.
class Agent final : public ChannelUser {
 public:
  Agent(Loop& loop, Fd port);

  Result<void> open();
  // The first message of all: `ready`, or why this machine is not.
  void greet(const Result<void>& boot);

  void on_line(std::string_view line) override;
  void on_long_line() override;
  void on_room() override { task_.on_room(); }
  void on_hangup() override;

 private:
  using Id = std::optional<std::int64_t>;

  void handle(Request& request);
  void refuse(Id id, Refusal reason, const std::string& message);
  void answer(Id id, const std::optional<ErrorReply>& refusal);

  void run(Id id, ResumeRequest& request);
  void run(Id id, ExecRequest& request);
  void run(Id id, StdinRequest& request);
  void run(Id id, SignalRequest& request);
  void run(Id id, EndRequest& request);
  void run(Id id, PutRequest& request);
  void run(Id id, GetRequest& request);
  void run(Id id, ActionRequest& request);

  Loop& loop_;
  Gate gate_;
  Channel channel_;
  Task task_;
  Reaper reaper_;
};

}  // namespace mayfly::guest
