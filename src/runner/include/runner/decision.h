// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "task/ending.h"
#include "task/task_result.h"

namespace mayfly {

// How a task ends. The first ending stays, but what the host saw outweighs what the guest said, and
// that all went well, and an escape everything.
class Decision {
 public:
  // Of the task as a whole. An error without a message is none.
  void decide(Ending ending, TaskError error);

  // Of one of its programs, or an output. Of several that fail the first is what the task did,
  // whatever the later ones do; but what is wrong with the task itself, or with its machine, is so
  // of all of them. One that is right decides nothing.
  void decide_by_program(Ending ending, TaskError error);

  bool made() const { return ending_.has_value(); }

  // Writes it down, if it was made. What the guest had said of its program's end no longer counts
  // where another ending has outweighed it.
  void write(TaskResult& result) const;

 private:
  bool is_outweighed_by(Ending ending) const;
  void set(Ending ending, TaskError error);

  std::optional<Ending> ending_;
  std::optional<TaskError> error_;
  bool overturned_ = false;
};

}  // namespace mayfly
