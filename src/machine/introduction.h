// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "protocol/message.h"

namespace mayfly {

// What is said between a machine's start and its being ready: the agent's `ready`, if it boots; `resume`, which gives
// the guest what must be its own; and the throw-away program. Says what a reply means; sends nothing.
class Introduction {
 public:
  enum class Meaning {
    nothing,       // no news
    agent_waits,   // it wants `resume`
    acknowledged,  // it has taken `resume`
    exercised,     // the throw-away program has ended
    broken,        // it says that it cannot work
    lie,           // it cannot be true at this time
  };

  void resume_sent(std::int64_t id) { resume_ = id; }
  void exercise_sent(std::int64_t id) { exercise_ = id; }

  Meaning take_boot_reply(const Reply& reply) const;
  Meaning take_exercise_reply(const Reply& reply) const;

 private:
  std::int64_t resume_ = 0;  // ids of requests; 0: not sent
  std::int64_t exercise_ = 0;
};

}  // namespace mayfly
