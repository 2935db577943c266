// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "machine/factory.h"
#include "machine/machine.h"
#include "pool/pool.h"
#include "ring/ring.h"
#include "ring/sliced_work.h"
#include "runner/phase.h"
#include "plan/program.h"
#include "task/task_result.h"
#include "task/task_spec.h"

namespace mayfly {

class FileTransfer;
class ProgramRun;

// What all tasks of a run share: where machines come from, and what is true of each.
struct TaskEnvironment {
  MachineParts parts;
  Isolation isolation;
  Provenance provenance;
  std::vector<Language> languages;  // of the image
  MachineShape largest = {std::numeric_limits<int>::max(), std::numeric_limits<int>::max()};  // that the host can hold
};

// The machine for these limits: memory in powers of two from 128 MiB, so that few shapes
// exist, plus a reserve for the guest's kernel and agent. With a language (may be null), what that takes for itself is
// in the limits, and comes on top, as do its files in memory.
MachineShape shape_for(const Limits& limits, const Language* language = nullptr);

// One task on one machine of its own, from the claim to the result. Every way leads to
// on_done, exactly once, after the machine is gone. Keeps output up to limits.output_bytes
// in memory, or hands it on as it comes.
class TaskRunner : private MachineObserver {
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
  TaskRunner(Ring& ring, Pool& pool, const TaskEnvironment& environment, const Log& log, TaskSpec spec,
             Handlers handlers);
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

  void take_machine(Pool::Claimed claimed);
  void take_failure(const MachineEnd& end);
  void handle(TaskEvent event);
  void act(TaskAction action);
  bool outweighs(Ending ending) const;
  void decide(Ending ending, std::string stage, std::string message, std::string hint = "");
  void stop(Ending ending, std::string stage, std::string message);
  bool plan();
  bool make_plan();
  bool fits_host();
  void take_reply(const Reply& reply);
  std::int64_t scaled(std::int64_t ms) const;
  ProgramStep step_at_hand() const;
  bool check_policy(const ProgramStep& step);
  bool check_size(const ProgramStep& step);
  Result<void> limit_machine();
  MachineShape shape_of_machine() const;
  void destroy();

  void execute();
  void run_program();
  void take_end(ProgramOutcome outcome);
  void compare_output();
  void take_comparison();
  void take_judgement(const ProgramOutcome& checker);
  void judge_case(Ending ending, const std::string& stage, std::string message);
  Ending ending_of_all() const;
  void decide_program(Ending ending, const std::string& stage, const std::string& message);
  void go_on(bool over, bool failed);
  void bound_case_output();
  void keep(ProgramOutcome outcome);
  bool takes_stream() const;
  void add_starved(const ProgramOutcome& outcome);
  void give_up_program();
  void note_end(const MachineEnd& end);
  void report();

  Ring& ring_;
  Pool& pool_;
  const TaskEnvironment& environment_;
  const Log& log_;
  TaskSpec spec_;
  Handlers handlers_;
  TaskPhase phase_ = TaskPhase::claiming;
  TaskResult result_;
  bool decided_ = false;
  std::shared_ptr<Pool::Claim> claim_;
  std::unique_ptr<Machine> machine_;
  std::optional<Pool::Lease> lease_;

  std::unique_ptr<FileTransfer> transfer_;  // while there is a machine
  bool paused_ = false;

  std::int64_t late_stdin_ = 0;  // a request of the last program's that is still to be answered

  std::optional<TaskPlan> plan_;
  std::size_t step_ = 0;  // at hand; behind the last: none
  ProgramStep at_hand_;   // the same, with what it is given beside
  std::size_t case_bytes_ = 0;  // that cases have printed
  std::optional<DifferenceSearch> search_;  // in the output of the last case, which has ended
  std::optional<SlicedWork> comparing_;
  std::unique_ptr<ProgramRun> program_;
  std::string stdin_waiting_;  // that came before the program could take it
  bool stdin_ended_ = false;

  Nanoseconds started_ = 0;
  Nanoseconds ready_ = 0;
  std::optional<ServedClock> total_clock_;  // of all its programs
  Nanoseconds executed_ = 0;  // the first that is not a compiler or checker
  Nanoseconds first_output_ = 0;
  Nanoseconds exited_ = 0;
  Nanoseconds closing_ = 0;
};

}  // namespace mayfly
