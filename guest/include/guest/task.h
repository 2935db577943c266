// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "guest/cell.h"
#include "guest/channel.h"
#include "guest/cpu_budget.h"
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
// It runs until its main process ends, its time is over or it exceeds a limit; then the whole tree is
// killed, and once that is dead (or kKillGrace has passed) the rest of the output is sent, and the
// answer. The first reason to end is the one reported; of a program that ended by itself, also a limit
// that turns out to be exceeded.
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
  Result<void> take_cgroup(const ExecRequest& request);
  Result<void> take_cell(const ExecRequest& request);
  Result<Spawned> open_pipes_and_spawn(const ExecRequest& request, SpawnPlan& plan);
  void make_next_cgroup();
  void release();
  void on_time();
  void on_cpu_time();
  void on_output_limit();
  void on_cgroup_event();
  void exceed(Limit limit);
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
  CpuBudget cpu_budget_;
  Notify<Task> timer_event_;
  Notify<Task> cpu_event_;
  Notify<Task> output_event_;
  Notify<Task> cgroup_event_;

  Phase phase_ = Phase::idle;
  std::uint64_t count_ = 0;  // programs so far; names the cgroups
  std::optional<std::int64_t> id_;
  pid_t pid_ = 0;  // 0: reaped
  Nanoseconds started_ = 0;
  TaskCgroup cgroup_;
  std::optional<TaskCgroup> next_cgroup_;
  std::optional<Cell> cell_;
  Cells cells_;
  ExitReply exit_;
  bool sync_ = false;
  std::int64_t cpu_ms_ = 0;  // 0: no limit
};

}  // namespace mayfly::guest
