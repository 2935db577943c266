// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "task/ending.h"
#include "task/task_result.h"

namespace mayfly {

// Who is told of what a task does on its machine.
class WorkObserver {
 public:
  virtual ~WorkObserver() = default;

  // Nothing more is to be done there, and the ending is decided.
  virtual void work_finished() = 0;

  // The task cannot go on, and ends by this. Whoever is told must stop the work.
  virtual void work_failed(Ending ending, TaskError error) = 0;

  // Of the program that is run, where its output is streamed.
  virtual void program_printed(bool is_stderr, std::string_view bytes) = 0;

  // The program has taken all stdin so far.
  virtual void stdin_wanted() = 0;
};

}  // namespace mayfly
