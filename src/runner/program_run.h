// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "activity.h"
#include "cpu_budget.h"
#include "machine/machine.h"
#include "machine/served_timer.h"
#include "plan/program.h"
#include "protocol/message.h"
#include "ring/ring.h"

namespace mayfly {

// One program on a task's machine, from the request to its end: feeds its stdin, counts its output,
// and holds it to its limits of time, which count what the host could give it (ServedTimer), and of
// processor time, by the host's count. The agent is told to end a program that is over one, so that
// the machine can go on; its own limits stand far behind.
//
// A program that has ended by itself is judged by how long the agent says that it took, as far as
// the host cannot see that by itself: how long its word took to get here is not the program's. One
// at a time on a machine.
class ProgramRun : public Activity {
 public:
  class Observer {
   public:
    virtual ~Observer() = default;
    // `unanswered`: a request whose answer may come even now; 0: none.
    virtual void program_ended(ProgramOutcome outcome, std::int64_t unanswered) = 0;
    // Of a program with stdout_stream, instead of keeping it. May stop the run.
    virtual void program_printed(bool is_stderr, std::string_view bytes) = 0;
    // Of one with stdin_stream: all stdin so far has been taken. May feed it, or stop the run.
    virtual void stdin_wanted() = 0;
  };

  // `machine` and `observer` must outlive it.
  ProgramRun(Ring& ring, Machine& machine, TaskProgram program, Observer& observer);

  void start() override;
  void take_reply(const Reply& reply) override;

  // Of a program with stdin_stream; even before start().
  void feed_stdin(std::string_view bytes);
  void end_stdin();

  void pause() override;
  void resume() override;
  std::optional<ProgramOutcome> stop() override;

 private:
  void send_stdin();
  void take_stdin_reply(const Reply& reply);
  void take_output(const StreamReply& stream);
  std::int64_t room_for(bool is_stderr) const;
  bool cannot_be(const ExitReply& exit) const;
  bool may_have_reached(Limit limit) const;
  void take_exit(const ExitReply& exit);
  void take_own_end(const ExitReply& exit);
  void over_limit(Ending ending, std::string message);
  void on_time();
  Nanoseconds time_of(const ExitReply& exit) const;
  void measure();
  void end_at_limit(Limit limit);
  void take_refusal(const ErrorReply& error);
  void end(Ending ending, std::string message = "");
  std::string ran_too_long() const;
  std::string used_too_much() const;

  struct Over {
    Ending ending;
    std::string message;
  };

  Ring& ring_;
  Machine& machine_;
  TaskProgram program_;
  Observer& observer_;
  ProgramOutcome outcome_;
  ServedTimer timer_;
  CpuBudget cpu_budget_;
  std::optional<Over> over_;  // the limit for which the agent was told to end it
  Nanoseconds started_ = 0;
  ServedTimes at_start_;
  Nanoseconds absent_before_ = 0;  // of the ring
  Nanoseconds paused_since_ = 0;
  Nanoseconds paused_ = 0;
  std::int64_t pending_ = 0;  // the request that the program's end will answer; 0: none
  std::int64_t pending_stdin_ = 0;
  std::size_t stdin_sent_ = 0;  // of its data
  std::int64_t out_bytes_ = 0;
  std::int64_t err_bytes_ = 0;
  bool stdin_closed_ = false;  // eof was sent, or nobody will read it
};

}  // namespace mayfly
