// SPDX-License-Identifier: Apache-2.0
#include "introduction.h"

namespace mayfly {

Introduction::Meaning Introduction::take_boot_reply(const Reply& reply) const {
  if (std::holds_alternative<ErrorReply>(reply.body)) return Meaning::broken;
  if (std::holds_alternative<ReadyReply>(reply.body) && resume_ == 0) return Meaning::agent_waits;
  const bool acknowledged = std::holds_alternative<AckReply>(reply.body) && resume_ != 0 && reply.id == resume_;
  return acknowledged ? Meaning::acknowledged : Meaning::lie;
}

// Nobody wants its output, and an image that does not have the program is none the worse.
Introduction::Meaning Introduction::take_exercise_reply(const Reply& reply) const {
  if (reply.id != exercise_) return Meaning::lie;
  if (std::holds_alternative<StreamReply>(reply.body)) return Meaning::nothing;
  const bool ended = std::holds_alternative<ExitReply>(reply.body) || std::holds_alternative<ErrorReply>(reply.body);
  return ended ? Meaning::exercised : Meaning::lie;
}

}  // namespace mayfly
