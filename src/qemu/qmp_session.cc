// SPDX-License-Identifier: Apache-2.0
#include "qemu/qmp_session.h"

#include <cassert>

#include "sys/files.h"

namespace mayfly {

QmpSession::QmpSession(Ring& ring, Fd socket, Handlers handlers)
    : handlers_(std::move(handlers)),
      socket_(socket.get()),
      stream_(ring, std::move(socket),
              {.on_bytes = [this](std::string_view bytes) { take_bytes(bytes); },
               .on_end = [this](int) {
                 if (!std::exchange(over_, true)) handlers_.on_closed();
               }}) {
  stream_.resume();
}

std::int64_t QmpSession::expect(Answer on_answer) {
  pending_[next_id_] = std::move(on_answer);
  return next_id_++;
}

void QmpSession::execute(std::string_view command, std::string_view arguments, Answer on_answer) {
  stream_.write(encode_qmp_command(command, arguments, expect(std::move(on_answer))));
}

// Past the stream, which has nothing to write at this time.
void QmpSession::pass_descriptor(std::string_view name, int fd, Answer on_answer) {
  assert(pending_.empty() && stream_.queued() == 0);
  const std::string arguments = "{\"fdname\":\"" + std::string(name) + "\"}";
  const std::string line = encode_qmp_command("getfd", arguments, expect(std::move(on_answer)));
  if (auto sent = send_with_descriptor(socket_, line, fd); !sent) garbled(std::move(sent).error());
}

void QmpSession::take_bytes(std::string_view bytes) {
  lines_.append(bytes);
  while (const auto line = over_ ? std::nullopt : lines_.next()) {
    const auto message = decode_qmp(*line);
    if (!message) return garbled(Error(message.error()).context("QMP"));
    take_message(*message);
  }
  if (lines_.overflowed()) garbled(Error("QMP: a line is longer than 1 MiB"));
}

void QmpSession::take_message(const QmpMessage& message) {
  if (std::holds_alternative<QmpGreeting>(message)) {
    if (std::exchange(greeted_, true)) return garbled(Error("QMP: a second greeting"));
    return handlers_.on_greeting();
  }
  if (const auto* event = std::get_if<QmpEvent>(&message)) return handlers_.on_event(*event);
  if (const auto* done = std::get_if<QmpReturn>(&message)) return answer(done->id, {});
  const auto& error = std::get<QmpError>(message);
  answer(error.id, Error("QMP: " + error.description));
}

void QmpSession::answer(std::int64_t id, Result<void> result) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return garbled(Error("QMP: an answer to no command"));
  const Answer on_answer = std::move(found->second);
  pending_.erase(found);
  on_answer(std::move(result));
}

void QmpSession::garbled(Error error) {
  stream_.pause();
  if (!std::exchange(over_, true)) handlers_.on_garbled(std::move(error));
}

}  // namespace mayfly
