// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "host.h"
#include "ring/stream.h"
#include "signals.h"
#include "runner/task_runner.h"

namespace mayfly {

// One task in the foreground: its output goes to our stdout and stderr as it comes, our
// stdin to the program if it wants it, each no faster than the reader takes it.
class RunSession {
 public:
  // `on_finished` is called with the result when the task has ended and its output is written, and
  // stops the ring some time.
  RunSession(Ring& ring, Pool& pool, const TaskEnvironment& environment, const Log& log, TaskSpec spec,
             std::function<void(const TaskResult&)> on_finished);

  // Runs to the end; the result carries no output, which is written already.
  Result<TaskResult> run();

  // The signal that cancelled the task, or 0.
  int interrupted_by() const { return interrupted_by_; }

  // The errno of writing our output, or 0; EPIPE: nobody reads it any more.
  int output_error() const { return output_error_; }

 private:
  Result<void> open_streams();
  std::unique_ptr<Stream> open_input(Fd fd);
  std::unique_ptr<Stream> open_output(Fd fd);
  void write(bool is_stderr, std::string_view bytes);
  void output_drained();
  void output_failed(int error);
  void finish_when_written();

  Ring& ring_;
  std::function<void(const TaskResult&)> on_finished_;
  std::optional<TaskResult> result_;
  int interrupted_by_ = 0;
  int output_error_ = 0;
  bool finished_ = false;
  TaskRunner runner_;
  std::unique_ptr<Signals> signals_;
  std::unique_ptr<Stream> stdin_, stdout_, stderr_;
};

}  // namespace mayfly
