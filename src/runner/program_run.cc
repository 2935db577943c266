// SPDX-License-Identifier: Apache-2.0
#include "program_run.h"

#include <algorithm>
#include <utility>

#include "runner/limit_words.h"

namespace mayfly {
namespace {

// A program begins a little later than it was asked for, and the host waits so much longer for it.
// What it took is counted from its own beginning.
constexpr Nanoseconds kHeadStart = 300 * kMillisecond;

// What the agent and the guest's kernel may use of a program's processor time.
constexpr Nanoseconds kAgentShare = 50 * kMillisecond;

// If the agent has not said so much later that it has ended a program, the host ends its machine.
// Long enough for the agent's own report (with usage) to win.
constexpr Nanoseconds kEndGrace = 2 * kSecond;

// Where it must first bring to the disk what the program wrote.
constexpr Nanoseconds kSyncGrace = 30 * kSecond;

// When the agent ends a program by itself, although nobody has told it to.
std::int64_t backstop_ms(std::int64_t limit_ms) {
  if (limit_ms >= kMaxRequestMs / (kPatienceFactor + 2)) return kMaxRequestMs;
  const Nanoseconds limit = limit_ms * kMillisecond;
  return (limit + most_starved(limit) + kSyncGrace) / kMillisecond;
}

// A guest's clock may run faster than ours, but not so much.
constexpr Nanoseconds kFastestClock = 2;
constexpr Nanoseconds kClockSlack = kSecond;

}  // namespace

ProgramRun::ProgramRun(Ring& ring, Machine& machine, TaskProgram program, Observer& observer)
    : ring_(ring),
      machine_(machine),
      program_(std::move(program)),
      observer_(observer),
      timer_(ring, machine,
             {.on_expiry = [this] { on_time(); },
              .on_overload =
                  [this] {
                    outcome_.machine_lost = true;
                    end(Ending::host_overloaded,
                        "the host's processors are overloaded: " + who(program_.kind) +
                            " got next to no time of them");
                  }}),
      cpu_budget_(ring, [this] { over_limit(Ending::cpu_limit, used_too_much()); }) {}

std::string ProgramRun::ran_too_long() const {
  return who(program_.kind) + " ran longer than " + std::to_string(program_.exec.timeout_ms) +
         " ms";
}

std::string ProgramRun::used_too_much() const {
  return who(program_.kind) + " used more than " + std::to_string(program_.cpu_ms) +
         " ms of processor time";
}

void ProgramRun::start() {
  program_.exec.stdin_open = !program_.stdin_data.empty() || program_.stdin_stream;
  program_.exec.realtime_ns = realtime_now();
  stdin_closed_ = !program_.exec.stdin_open;
  started_ = monotonic_now();
  absent_before_ = ring_.absent();
  at_start_ = machine_.served_times();
  ExecRequest exec = program_.exec;
  exec.timeout_ms = backstop_ms(exec.timeout_ms);
  if (exec.sandbox && exec.sandbox->cpu_ms > 0)
    exec.sandbox->cpu_ms = backstop_ms(exec.sandbox->cpu_ms);
  pending_ = machine_.send(std::move(exec));
  timer_.start(program_.exec.timeout_ms * kMillisecond + kHeadStart);
  if (program_.cpu_ms > 0)
    cpu_budget_.start(machine_, program_.cpu_ms * kMillisecond + kAgentShare);
  send_stdin();
}

// The limit is over, or the grace for the agent to end the program.
void ProgramRun::on_time() {
  if (!over_) return over_limit(Ending::host_timeout, ran_too_long());
  outcome_.machine_lost = true;
  end(over_->ending, over_->message);
}

void ProgramRun::over_limit(Ending ending, std::string message) {
  if (over_) return;
  over_ = Over{ending, std::move(message)};
  cpu_budget_.stop();
  machine_.send(EndRequest{});
  timer_.start(program_.exec.sync ? kSyncGrace : kEndGrace);
}

void ProgramRun::pause() {
  timer_.pause();
  if (paused_since_ == 0) paused_since_ = monotonic_now();
}

void ProgramRun::resume() {
  timer_.resume();
  if (paused_since_ != 0) paused_ += monotonic_now() - std::exchange(paused_since_, 0);
}

void ProgramRun::send_stdin() {
  if (pending_ == 0 || stdin_closed_ || pending_stdin_ != 0) return;
  if (stdin_sent_ == program_.stdin_data.size() && program_.stdin_stream)
    return observer_.stdin_wanted();
  StdinRequest request{program_.stdin_data.substr(stdin_sent_, kMaxChunk), false};
  stdin_sent_ += request.data.size();
  request.eof = !program_.stdin_stream && stdin_sent_ == program_.stdin_data.size();
  stdin_closed_ = request.eof;
  pending_stdin_ = machine_.send(std::move(request));
}

void ProgramRun::feed_stdin(std::string_view bytes) {
  program_.stdin_data.erase(0, std::exchange(stdin_sent_, 0));
  program_.stdin_data.append(bytes);
  send_stdin();
}

void ProgramRun::end_stdin() {
  program_.stdin_stream = false;
  send_stdin();
}

void ProgramRun::take_reply(const Reply& reply) {
  if (pending_stdin_ != 0 && reply.id == pending_stdin_) return take_stdin_reply(reply);
  if (reply.id != pending_)
    return end(Ending::agent_lied, "the agent answered a request that is not open");
  if (const auto* stream = std::get_if<StreamReply>(&reply.body)) return take_output(*stream);
  if (const auto* exit = std::get_if<ExitReply>(&reply.body)) return take_exit(*exit);
  if (const auto* error = std::get_if<ErrorReply>(&reply.body)) return take_refusal(*error);
  end(Ending::agent_lied, "the agent answered 'exec' with something else");
}

// An error means that the program is gone or closed its stdin: its exit will follow.
void ProgramRun::take_stdin_reply(const Reply& reply) {
  pending_stdin_ = 0;
  if (std::holds_alternative<ErrorReply>(reply.body)) {
    stdin_closed_ = true;
  } else if (!std::holds_alternative<AckReply>(reply.body)) {
    return end(Ending::agent_lied, "the agent answered 'stdin' with something else");
  }
  send_stdin();
}

// The agent kills for one byte more than a stream may have, and sends no more than that.
std::int64_t ProgramRun::room_for(bool is_stderr) const {
  const auto& sandbox = program_.exec.sandbox;
  const std::int64_t own = !sandbox ? 0 : is_stderr ? sandbox->stderr_bytes : sandbox->stdout_bytes;
  return own > 0 ? own - (is_stderr ? err_bytes_ : out_bytes_)
                 : program_.output_bytes - out_bytes_ - err_bytes_;
}

void ProgramRun::take_output(const StreamReply& stream) {
  if (outcome_.first_output == 0) outcome_.first_output = monotonic_now();
  const std::int64_t room = room_for(stream.is_stderr);
  std::string_view bytes = stream.data;
  const bool over = static_cast<std::int64_t>(bytes.size()) > room;
  if (over) bytes = bytes.substr(0, static_cast<std::size_t>(room));
  (stream.is_stderr ? err_bytes_ : out_bytes_) += static_cast<std::int64_t>(bytes.size());
  if (program_.stdout_stream) {
    observer_.program_printed(stream.is_stderr, bytes);
  } else {
    (stream.is_stderr ? outcome_.err : outcome_.out).append(bytes);
  }
  if (!over || pending_ == 0) return;
  outcome_.truncated = true;
  end(Ending::output_limit, who(program_.kind) + " wrote more than " +
                                std::to_string(out_bytes_ + err_bytes_) + " bytes");
}

// Says of a limit that was never set, or not yet reached, that it was exceeded.
bool ProgramRun::cannot_be(const ExitReply& exit) const {
  const Nanoseconds elapsed = outcome_.ended - started_;
  const Nanoseconds own_limit = backstop_ms(program_.exec.timeout_ms) * kMillisecond;
  if (exit.timed_out && !over_ && elapsed + kClockSlack < own_limit / kFastestClock) return true;
  return exit.exceeded && !may_have_reached(*exit.exceeded);
}

// An output that is too long came up to its limit.
bool ProgramRun::may_have_reached(Limit limit) const {
  const auto& sandbox = program_.exec.sandbox;
  if (!sandbox) return false;
  switch (limit) {
    case Limit::cpu_ms: return sandbox->cpu_ms > 0;
    case Limit::stdout_bytes:
      return sandbox->stdout_bytes > 0 && out_bytes_ == sandbox->stdout_bytes;
    case Limit::stderr_bytes:
      return sandbox->stderr_bytes > 0 && err_bytes_ == sandbox->stderr_bytes;
  }
  return false;
}

void ProgramRun::take_exit(const ExitReply& exit) {
  outcome_.ended = monotonic_now();
  if (cannot_be(exit))
    return end(Ending::agent_lied, "the agent says that a limit was exceeded that was not");
  measure();
  outcome_.usage = exit.usage;
  outcome_.out_of_processes = exit.out_of_processes;
  if (over_) return end(over_->ending, over_->message);
  if (exit.timed_out) return end(Ending::guest_timeout, ran_too_long());
  if (time_of(exit) > program_.exec.timeout_ms * kMillisecond)
    return end(Ending::host_timeout, ran_too_long());
  if (program_.cpu_ms > 0 && *outcome_.cpu > program_.cpu_ms * kMillisecond + kAgentShare) {
    return end(Ending::cpu_limit, used_too_much());
  }
  take_own_end(exit);
}

void ProgramRun::take_own_end(const ExitReply& exit) {
  outcome_.exit_code = exit.code;
  outcome_.signal = exit.signal;
  if (exit.exceeded) return end_at_limit(*exit.exceeded);
  if (exit.out_of_memory)
    return end(Ending::guest_out_of_memory, who(program_.kind) + " used more memory than it may: " +
                                                size_words(program_.exec.memory_bytes) +
                                                " (memory_bytes)");
  if (exit.signal) return end(Ending::signalled);
  end(*exit.code == 0 ? Ending::exited_zero : Ending::exited_nonzero);
}

// How long it took of the time that it could have had. In what the loop was absent it may have
// waited for us, or may have been frozen with us; but what its processors were busy they were for
// it.
Nanoseconds ProgramRun::time_of(const ExitReply& exit) const {
  const Nanoseconds elapsed = outcome_.ended - started_;
  const Nanoseconds said = std::min(exit.usage.wall_ms, elapsed / kMillisecond) * kMillisecond;
  const Nanoseconds without = paused_ + ring_.absent() - absent_before_;
  const Nanoseconds time = said - *outcome_.starved;
  if (without == 0) return time;
  return std::max(time - without,
                  std::min(time, busiest_between(at_start_, machine_.served_times())));
}

void ProgramRun::measure() {
  const ServedTimes now = machine_.served_times();
  outcome_.cpu = ran_between(at_start_, now);
  outcome_.starved = starved_between(at_start_, now, monotonic_now() - started_);
}

void ProgramRun::end_at_limit(Limit limit) {
  const bool cpu = limit == Limit::cpu_ms;
  outcome_.truncated = !cpu;
  end(cpu ? Ending::guest_cpu_limit : Ending::guest_output_limit,
      who(program_.kind) + " used more than its " + std::string(to_string(limit)));
}

void ProgramRun::take_refusal(const ErrorReply& error) {
  outcome_.ended = monotonic_now();
  if (error.reason == Refusal::permission && !program_.exec.permissions) {
    return end(Ending::agent_lied, "the agent says that a program is not permitted, and all are");
  }
  if (error.reason == Refusal::not_found) outcome_.exit_code = 127;
  if (error.reason == Refusal::cannot_run) outcome_.exit_code = 126;
  end(error.reason == Refusal::not_found    ? Ending::not_found
      : error.reason == Refusal::cannot_run ? Ending::cannot_run
      : error.reason == Refusal::permission ? Ending::permission_denied_by_agent
                                            : Ending::agent_failed,
      error.message);
}

std::optional<ProgramOutcome> ProgramRun::stop() {
  if (!outcome_.cpu) measure();
  timer_.stop();
  cpu_budget_.stop();
  pending_ = 0;
  return std::move(outcome_);
}

void ProgramRun::end(Ending ending, std::string message) {
  if (pending_ == 0) return;
  outcome_.ending = ending;
  outcome_.message = std::move(message);
  observer_.program_ended(*stop(), pending_stdin_);  // this may destroy us
}

}  // namespace mayfly
