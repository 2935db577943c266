// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "guest/channel.h"
#include "guest/cpu_limit.h"
#include "guest/loop.h"
#include "guest/program_tree.h"
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
//
// One that is started before its request is there (ExecRequest::prestart) is acknowledged when it has stopped itself:
//
//   idle → starting → idle
//
// It stays as it is, whatever runs meanwhile, until the request comes that it is for; then it is the one that runs.
class Task {
 public:
  Task(Loop& loop, Channel& channel);
  Result<void> open();

  // What to answer if the program was not started; else the ExitReply comes later.
  std::optional<ErrorReply> start(std::optional<std::int64_t> id, const ExecRequest& request);
  std::optional<ErrorReply> give_input(std::optional<std::int64_t> id, StdinRequest&& request);
  std::optional<ErrorReply> signal(int number) const;
  // Its time is over, by the host's clock. Of a program that has ended there is nothing to end.
  void end_program();

  // The host put something into the machine's /tmp.
  void note_tmp() { places_.note_tmp(); }
  // The root directory of the last program that is to be kept (Sandbox::keep); -1: there is none.
  int view() const { return kept_ ? kept_->root() : -1; }

  // A child of the agent's stopped.
  void on_stop(pid_t pid);
  // One was reaped: its own, or an orphan.
  void on_child(pid_t pid, int status, const rusage& used);
  // The channel takes output again.
  void on_room();

 private:
  enum class Phase { idle, starting, running, killing, draining };

  // How long a killed tree may take to die before the host is answered all the same.
  static constexpr Nanoseconds kKillGrace = 5 * kSecond;

  std::optional<ErrorReply> launch(const ExecRequest& request, const std::string& path, int cwd);
  std::optional<ErrorReply> continue_waiting(const ExecRequest& request);
  void begin(const ExecRequest& request);
  bool is_alive() const { return phase_ == Phase::starting || phase_ == Phase::running; }
  void release();
  void on_time();
  void time_out();
  void on_cpu_time();
  void on_output_limit();
  void on_cgroup_event();
  void exceed(Limit limit);
  void end();
  void finish();
  void drain();
  void measure();
  void report();

  Loop& loop_;
  Channel& channel_;
  Timer timer_;
  CpuLimit cpu_limit_;
  Notify<Task> timer_event_;
  Notify<Task> cpu_event_;
  Notify<Task> output_event_;
  Notify<Task> cgroup_event_;

  Phase phase_ = Phase::idle;
  bool ran_ = false;  // some program was started
  std::optional<std::int64_t> id_;
  Places places_;
  std::array<ProgramTree, 2> programs_;
  ProgramTree* program_ = &programs_[0];  // at hand
  ProgramTree* waiting_ = &programs_[1];  // started before its request; has no pid while there is none
  ExitReply exit_;
  bool sync_ = false;
  bool keep_ = false;
  std::optional<Cell> kept_;
  std::int64_t cpu_ms_ = 0;  // 0: no limit
};

}  // namespace mayfly::guest
