// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/fd.h"
#include "engine/host.h"
#include "engine/signals.h"
#include "ring/stream.h"
#include "runner/task_runner.h"

namespace mayfly {

// Where a task's streams lead.
struct RunStreams {
  Fd in;
  Fd out;
  Fd err;
};

// One task in the foreground: its output is written as it comes, its input read if it wants any, each no faster than
// the other side takes it.
class RunSession {
 public:
  // `environment` is one of the host's.
  RunSession(Host& host, const TaskEnvironment& environment, TaskSpec spec, RunStreams streams);

  // Runs to the end, until nothing of the task is left; once. The result carries no output, which is written already.
  Result<TaskResult> run();

  // The signal that cancelled the task, or 0.
  int interrupted_by() const { return interrupted_by_; }

  // The errno of writing its output, or 0; EPIPE: nobody reads it any more.
  int output_error() const { return output_error_; }

 private:
  std::unique_ptr<Stream> open_input(Fd fd);
  std::unique_ptr<Stream> open_output(Fd fd);
  void interrupt(int signal);
  void write(bool is_stderr, std::string_view bytes);
  void output_drained();
  void output_failed(int error);
  void finish_when_written();

  Host& host_;
  std::unique_ptr<Pool> pool_;
  std::optional<TaskResult> result_;
  int interrupted_by_ = 0;
  int output_error_ = 0;
  bool finished_ = false;
  TaskRunner runner_;
  std::unique_ptr<Stream> in_, out_, err_;
};

// Runs one task to its end, its output in the result. For checks of the host: nothing interrupts it.
Result<TaskResult> run_task(Host& host, const TaskEnvironment& environment, TaskSpec spec);

}  // namespace mayfly
