// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "guest/channel.h"
#include "guest/input_pipe.h"
#include "guest/loop.h"
#include "guest/output_pipe.h"
#include "guest/spawn.h"
#include "guest/task_cgroup.h"
#include "guest/timer.h"
#include "protocol/message.h"

namespace mayfly::guest {

// The one program at a time, from `exec` to its ExitReply:
//
//   idle → running → killing → draining → idle
//
// It runs until its main process ends or its time is over; then the whole tree is killed,
// and once that is dead (or kKillGrace has passed) the rest of the output is sent, and the
// answer. The first reason to end is the one reported.
class Task {
 public:
  Task(Loop& loop, Channel& channel);
  Result<void> open();

  // What to answer if the program was not started; else the ExitReply comes later.
  std::optional<ErrorReply> start(std::optional<std::int64_t> id, const ExecRequest& request);
  std::optional<ErrorReply> give_input(std::optional<std::int64_t> id, StdinRequest&& request);
  std::optional<ErrorReply> signal(int number) const;

  // A child of the agent's was reaped: its own, or an orphan.
  void on_child(pid_t pid, int status, const rusage& used);
  // The channel takes output again.
  void on_room();

 private:
  enum class Phase { idle, running, killing, draining };

  // How long a killed tree may take to die before the host is answered all the same.
  static constexpr Nanoseconds kKillGrace = 5 * kSecond;

  std::optional<ErrorReply> launch(const ExecRequest& request, const std::string& program,
                                   int cwd);
  Result<Spawned> prepare_and_spawn(const ExecRequest& request, const std::string& program,
                                    int cwd);
  void make_next_cgroup();
  void release();
  void on_time();
  void on_cgroup_event();
  void end();
  bool tree_is_dead() const;
  void finish();
  void drain();
  void measure();
  void report();

  Loop& loop_;
  Channel& channel_;
  OutputPipe output_;
  OutputPipe error_;
  InputPipe input_;
  Timer timer_;
  Notify<Task> timer_event_;
  Notify<Task> cgroup_event_;

  Phase phase_ = Phase::idle;
  std::uint64_t count_ = 0;  // programs so far; names the cgroups
  std::optional<std::int64_t> id_;
  pid_t pid_ = 0;  // 0: reaped
  Nanoseconds started_ = 0;
  TaskCgroup cgroup_;
  std::optional<TaskCgroup> next_cgroup_;
  ExitReply exit_;
  bool sync_ = false;
};

}  // namespace mayfly::guest
