// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "protocol/message.h"
#include "task/program_outcome.h"

namespace mayfly {

// What is being done on a task's machine at one time: files on their way, a program, a comparison.
// It tells its own observer how it ended, last of all, from where it may be destroyed.
class Activity {
 public:
  virtual ~Activity() = default;

  // May end it at once.
  virtual void start() = 0;

  virtual void take_reply(const Reply& reply) = 0;

  // While nobody listens to the agent, its clocks stand still.
  virtual void pause() {}
  virtual void resume() {}

  // It is of no interest any more, and nobody is told of its end. What a program has left so far.
  virtual std::optional<ProgramOutcome> stop() = 0;
};

}  // namespace mayfly
