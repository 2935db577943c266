// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "activity.h"
#include "machine/machine.h"
#include "outcomes.h"
#include "output_comparison.h"
#include "plan/program.h"
#include "program_run.h"
#include "ring/ring.h"
#include "runner/course.h"
#include "runner/decision.h"
#include "runner/stdin_feed.h"
#include "runner/work_observer.h"
#include "total_time.h"
#include "exchange.h"

namespace mayfly {

// What a task does on one machine, from its first file to its last artifact. The order is the
// table's (runner/course.h); what is being done in a stage is one activity. What programs left goes
// into the result, how they ended into the decision.
class TaskWork : public Exchange::Observer,
                 public ProgramRun::Observer,
                 public OutputComparison::Observer {
 public:
  // What it works on, which must outlive it.
  struct Task {
    const TaskSpec& spec;
    const TaskPlan& plan;
    TaskResult& result;
    Decision& decision;
    StdinFeed& stdin_feed;
  };

  // `machine` and `observer` must outlive it. No call of the observer's may destroy it.
  TaskWork(Ring& ring, Machine& machine, Task task, WorkObserver& observer);

  void start();

  // Of the machine's agent.
  void take_reply(const Reply& reply);

  // While nobody listens to the agent, no time is counted.
  void pause();
  void resume();

  // Gives up what is being done; what a program has printed so far is kept. As often as one likes.
  void stop();

  // What is being done, in TaskError's words.
  std::string_view stage() const;

  const Outcomes& outcomes() const { return outcomes_; }
  Nanoseconds began() const { return began_; }  // the program that is run; 0: it did not

 private:
  void exchanged() override { handle(StageEvent::passed); }
  void exchange_failed(Ending ending, TaskError error) override {
    observer_.work_failed(ending, std::move(error));
  }
  void program_ended(ProgramOutcome outcome, std::int64_t unanswered) override;
  void program_printed(bool is_stderr, std::string_view bytes) override {
    observer_.program_printed(is_stderr, bytes);
  }
  void stdin_wanted() override { observer_.stdin_wanted(); }
  void compared(const std::optional<std::string>& difference) override;

  void handle(StageEvent event);
  void enter(CourseStep step);
  void act(StageAction action);
  void begin(std::unique_ptr<Activity> activity);
  void put_files();
  void upload(std::vector<TaskFile> files, const std::string& cwd);
  void run_program();
  void compare_output();
  void get_artifacts();

  TaskProgram program_at_hand();
  const TaskCase& case_at_hand() const { return task_.spec.cases[course_.test]; }
  void take_program(ProgramKind kind, ProgramOutcome outcome);
  void take_judgement(const ProgramOutcome& checker);
  void judge_case(Ending ending, const std::string& stage, std::string message,
                  std::optional<double> score = {});
  void keep(ProgramKind kind, ProgramOutcome outcome);
  void give_up(std::optional<ProgramOutcome> left);

  Ring& ring_;
  Machine& machine_;
  Task task_;
  WorkObserver& observer_;
  Outline outline_;
  Course course_;
  TotalTime total_;
  Outcomes outcomes_;
  std::unique_ptr<Activity> activity_;  // of this stage
  std::int64_t late_stdin_ = 0;         // of the last program: still to be answered; 0: none
  Nanoseconds began_ = 0;
};

}  // namespace mayfly
