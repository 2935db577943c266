// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "base/line_splitter.h"
#include "qemu/qmp_message.h"
#include "ring/stream.h"

namespace mayfly {

// One QMP conversation: bytes in, events out, commands answered in any order. It knows the
// syntax only; what an event means is the machine's business. After on_closed or on_garbled,
// of which one comes once, nothing more is called. Handlers must not destroy the session.
class QmpSession {
 public:
  struct Handlers {
    std::function<void()> on_greeting;
    std::function<void(const QmpEvent&)> on_event;
    std::function<void()> on_closed;          // QEMU closed the connection, or died
    std::function<void(Error)> on_garbled;    // it carried something that is not QMP
  };
  using Answer = std::function<void(Result<void>)>;

  QmpSession(Ring& ring, Fd socket, Handlers handlers);

  // `arguments` is a JSON object, or empty for none.
  void execute(std::string_view command, std::string_view arguments, Answer on_answer);

  // Gives QEMU a descriptor under a name (`getfd`, SCM_RIGHTS of unix(7)). Only while no other
  // command is under way.
  void pass_descriptor(std::string_view name, int fd, Answer on_answer);

 private:
  std::int64_t expect(Answer on_answer);
  void take_bytes(std::string_view bytes);
  void take_message(const QmpMessage& message);
  void answer(std::int64_t id, Result<void> result);
  void garbled(Error error);

  Handlers handlers_;
  LineSplitter lines_{kMaxQmpLine};
  std::map<std::int64_t, Answer> pending_;
  std::int64_t next_id_ = 1;
  bool greeted_ = false;
  bool over_ = false;
  int socket_;  // the stream's
  Stream stream_;
};

}  // namespace mayfly
