// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "machine/machine.h"
#include "machine/served_timer.h"
#include "protocol/message.h"
#include "ring/ring.h"
#include "task/ending.h"
#include "task/task_result.h"
#include "task/task_spec.h"

namespace mayfly {

// Files on their way to a task's machine, or its artifacts on their way back: a request at a time, while no program
// runs there. The agent has a fixed time for each of settle(), put() and get(), and a little more with each chunk that it
// answers, up to a bound for all of them.
class FileTransfer {
 public:
  // How the task ends, at which stage (TaskError's), and why. May destroy this object.
  using OnFailure = std::function<void(Ending, std::string stage, std::string message)>;
  using OnDone = std::function<void()>;

  // `machine` must outlive it.
  FileTransfer(Ring& ring, Machine& machine, OnFailure on_failure);

  // Until the agent has tidied up after the program that ran before, which may have left thousands of files: the next one's
  // time has not begun by then.
  void settle(OnDone on_done);

  // One at a time; the vectors must stay as they are until on_done, which may start the next. Relative paths are
  // below `cwd`. An artifact that cannot be had says so itself, as do those beyond kMaxArtifactBytes together.
  void put(const std::vector<TaskFile>& files, const std::string& cwd, OnDone on_done);
  // `confined`: what a program in the sandbox could read itself, and nothing else.
  void get(const std::vector<std::string>& paths, const std::string& cwd, bool confined, std::vector<ArtifactResult>& into, OnDone on_done);

  // The task's own time, if it has one, by a clock that must outlive this: files count against it.
  void set_total(ServedClock& clock, Nanoseconds limit) {
    total_ = &clock;
    total_limit_ = limit;
  }

  void take_reply(const Reply& reply);

  // No answer is of interest any more.
  void stop() { timer_.stop(); }

  // While nobody listens to the agent, its clock stands still.
  void pause() { timer_.pause(); }
  void resume() { timer_.resume(); }

 private:
  enum class Mode { settle, put, get };

  void begin(Mode mode, Nanoseconds time, OnDone on_done);
  void wait(Nanoseconds time);
  Nanoseconds left_of_total() const;
  void take_silence();
  void take_settled(const Reply& reply);
  void put_next();
  void take_put(const Reply& reply);
  void get_next();
  void take_get(const Reply& reply);
  void add(ArtifactResult& artifact, const std::string& bytes, bool is_error);
  void done();
  void fail(Ending ending, std::string message);

  Machine& machine_;
  OnFailure on_failure_;
  OnDone on_done_;
  ServedClock elapsed_;  // of this put() or get()
  ServedTimer timer_;
  Mode mode_ = Mode::put;
  const std::vector<TaskFile>* files_ = nullptr;
  const std::vector<std::string>* paths_ = nullptr;
  std::vector<ArtifactResult>* artifacts_ = nullptr;
  std::string cwd_;
  bool confined_ = false;
  ServedClock* total_ = nullptr;  // of the task
  Nanoseconds total_limit_ = 0;
  std::int64_t pending_ = 0;  // the request that is to be answered; 0: none
  std::size_t index_ = 0;     // the file at hand
  std::size_t offset_ = 0;    // in it
  std::size_t artifact_bytes_ = 0;
};

}  // namespace mayfly
