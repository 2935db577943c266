// SPDX-License-Identifier: Apache-2.0
#include "agent_channel.h"

#include <utility>

namespace mayfly {

AgentChannel::AgentChannel(Ring& ring, Fd socket, Handlers handlers)
    : handlers_(std::move(handlers)),
      stream_(ring, std::move(socket),
              Stream::Handlers{.on_bytes = [this](std::string_view bytes) { take_bytes(bytes); },
                               .on_end = [this](int) { handlers_.on_closed(); }}) {
  stream_.resume();
}

std::int64_t AgentChannel::send(const std::string& token, decltype(Request::body) body) {
  const Request request{next_id_++, token, std::move(body)};
  stream_.write(encode(request));
  return request.id;
}

void AgentChannel::pause() {
  paused_ = true;
  stream_.pause();
}

void AgentChannel::resume() {
  paused_ = false;
  if (taking_) return;
  take_bytes({});  // lines that were cut but not yet told
  if (!paused_) stream_.resume();
}

void AgentChannel::take_bytes(std::string_view bytes) {
  if (stopped_) return;
  lines_.append(bytes);
  taking_ = true;
  while (!stopped_ && !paused_) {
    const auto line = lines_.next();
    if (!line) break;
    take_line(*line);
  }
  taking_ = false;
  if (lines_.overflowed()) handlers_.on_garbled("the agent sent a line longer than 1 MiB");
}

void AgentChannel::take_line(std::string_view line) {
  const auto reply = decode_reply(line);
  if (reply) return handlers_.on_reply(*reply);
  handlers_.on_garbled("the agent's line is not in the protocol: " + reply.error().message());
}

}  // namespace mayfly
