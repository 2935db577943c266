// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/log.h"
#include "machine/machine.h"
#include "plan/program.h"
#include "pool/pool.h"
#include "ring/ring.h"
#include "runner/decision.h"
#include "runner/phase.h"
#include "runner/stdin_feed.h"
#include "runner/task_environment.h"
#include "runner/work_observer.h"
#include "task/task_result.h"
#include "task/task_spec.h"

namespace mayfly {

class TaskWork;

// One task on one machine of its own, from the claim to the result. Every way leads to
// on_done, exactly once, after the machine is gone. Keeps output up to limits.output_bytes
// in memory, or hands it on as it comes.
class TaskRunner : private MachineObserver, private WorkObserver {
 public:
  struct Handlers {
    // Called last. Must not destroy the runner; use Ring::defer().
    std::function<void(TaskResult)> on_done;
    // If set, called once when the outcome is known and only the machine's end is left to wait
    // for. The same restrictions.
    std::function<void()> on_outcome = {};
    // If set, takes the program's output instead of the result.
    std::function<void(bool is_stderr, std::string_view)> on_output = {};
    // If set, called whenever all stdin so far has been taken by the program.
    std::function<void()> on_stdin_wanted = {};
  };

  // `pool`, `environment` and `log` must outlive the runner.
  TaskRunner(Ring& ring, Pool& pool, const TaskEnvironment& environment, const Log& log,
             TaskSpec spec, Handlers handlers);
  ~TaskRunner() override;

  void start();

  // Ends the task now, as cancelled, unless it has ended already. Not before start().
  // `why` is for people.
  void cancel(const std::string& why);

  // For a spec with stdin_stream.
  void feed_stdin(std::string_view bytes);
  void end_stdin();

  // Back-pressure of whoever takes the output.
  void pause_output();
  void resume_output();

  // The task, for another attempt; after on_done.
  TaskSpec take_spec() { return std::move(spec_); }

 private:
  void machine_ready(Machine&) override {}  // it was when we got it
  void machine_replied(Machine& machine, const Reply& reply) override;
  void machine_released(Machine& machine, const MachineEnd& end) override;
  void machine_moved(Machine& machine, MachineState from, MachineState to) override;

  void work_finished() override { handle(TaskEvent::worked); }
  void work_failed(Ending ending, TaskError error) override { stop(ending, std::move(error)); }
  void program_printed(bool is_stderr, std::string_view bytes) override;
  void stdin_wanted() override;

  void claim(const MachineShape& shape);
  void take_machine(Pool::Claimed claimed);
  void take_failure(const MachineEnd& end);
  Result<void> limit_machine();
  void handle(TaskEvent event);
  void act(TaskAction action);
  void work();
  void destroy();
  void stop(Ending ending, TaskError error);
  std::string stage() const;
  void note_end(const MachineEnd& end, const std::string& stage);
  void set_times();
  void report();

  Ring& ring_;
  Pool& pool_;
  const TaskEnvironment& environment_;
  const Log& log_;
  TaskSpec spec_;
  Handlers handlers_;
  TaskPhase phase_ = TaskPhase::claiming;
  TaskResult result_;
  Decision decision_;
  StdinFeed stdin_feed_;
  std::optional<TaskPlan> plan_;
  std::shared_ptr<Pool::Claim> claim_;
  std::unique_ptr<Machine> machine_;
  std::optional<Pool::Lease> lease_;
  std::unique_ptr<TaskWork> work_;  // from when there is a machine
  bool paused_ = false;

  Nanoseconds started_ = 0;
  Nanoseconds ready_ = 0;
  Nanoseconds closing_ = 0;
};

}  // namespace mayfly
