// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "activity.h"
#include "machine/machine.h"
#include "machine/served_timer.h"
#include "task/task_result.h"
#include "task/task_spec.h"
#include "total_time.h"

namespace mayfly {

// Requests to the agent of a task's machine, one at a time, while no program runs there. The agent
// has a fixed time, and a little more with each that it answers, up to a bound for all of them and
// to the task's total time.
class Exchange : public Activity {
 public:
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void exchanged() = 0;
    // How the task ends by it: a silent or lying agent, or a file that could not be written.
    virtual void exchange_failed(Ending ending, TaskError error) = 0;
  };

  void start() final;
  void take_reply(const Reply& reply) final;
  void pause() final { timer_.pause(); }
  void resume() final { timer_.resume(); }
  std::optional<ProgramOutcome> stop() final;

 protected:
  struct Kind {
    const char* stage;  // in TaskError's words
    Ending silence;     // what it means that the agent does not answer
    Nanoseconds time;   // that it has
  };
  struct Failure {
    Ending ending;
    std::string message;
  };

  // `machine`, `total` and `observer` must outlive it.
  Exchange(Ring& ring, Machine& machine, TotalTime& total, Observer& observer, Kind kind);

  // Sends the next request, and returns its id; 0: there is none.
  virtual std::int64_t ask_next() = 0;
  // Absent: it is well.
  virtual std::optional<Failure> take_answer(const Reply& reply) = 0;

  Machine& machine() { return machine_; }

 private:
  void go_on();
  void wait(Nanoseconds time);
  void take_silence();
  void fail(Ending ending, std::string message);

  Machine& machine_;
  TotalTime& total_;
  Observer& observer_;
  Kind kind_;
  ServedClock elapsed_;
  ServedTimer timer_;
  std::int64_t pending_ = 0;  // the request that is to be answered; 0: none
};

// Waits until the agent has tidied up after the program that ran before, which may have left
// thousands of files: the next one's time has not begun by then.
class Settling : public Exchange {
 public:
  Settling(Ring& ring, Machine& machine, TotalTime& total, Observer& observer);

 private:
  std::int64_t ask_next() override;
  std::optional<Failure> take_answer(const Reply& reply) override;

  bool asked_ = false;
};

// Brings files in. Relative paths are below `cwd`.
class Upload : public Exchange {
 public:
  Upload(Ring& ring, Machine& machine, TotalTime& total, Observer& observer,
         std::vector<TaskFile> files, std::string cwd);

 private:
  std::int64_t ask_next() override;
  std::optional<Failure> take_answer(const Reply& reply) override;

  std::vector<TaskFile> files_;
  std::string cwd_;
  std::size_t index_ = 0;   // the file at hand
  std::size_t offset_ = 0;  // in it
};

// Brings artifacts out, into `artifacts`. One that cannot be had says so itself, as do those beyond
// kMaxArtifactBytes together. `confined`: what a program in the sandbox could read itself, and
// nothing else.
class Download : public Exchange {
 public:
  Download(Ring& ring, Machine& machine, TotalTime& total, Observer& observer,
           std::vector<std::string> paths, std::string cwd, bool confined,
           std::vector<ArtifactResult>& artifacts);

 private:
  std::int64_t ask_next() override;
  std::optional<Failure> take_answer(const Reply& reply) override;
  void add(ArtifactResult& artifact, const std::string& bytes, bool is_error);

  std::vector<std::string> paths_;
  std::string cwd_;
  bool confined_;
  std::vector<ArtifactResult>& artifacts_;
  std::size_t index_ = 0;  // the artifact at hand
  std::size_t bytes_ = 0;  // of all so far
};

}  // namespace mayfly
