// SPDX-License-Identifier: Apache-2.0
#include "program_run.h"

#include <utility>

namespace mayfly {
namespace {

// The agent ends a program at its time-out; if it has not said so this much later, the host
// does. Long enough for the agent's own report (with usage) to win on a busy machine.
constexpr Nanoseconds kTimeoutGrace = 2 * kSecond;

// Where it must first bring to the disk what the program wrote.
constexpr Nanoseconds kSyncGrace = 30 * kSecond;

}  // namespace

ProgramRun::ProgramRun(Ring& ring, Machine& machine, ProgramStep step, Handlers handlers)
    : machine_(machine),
      step_(std::move(step)),
      handlers_(std::move(handlers)),
      timer_(ring, [this] {
        end(Ending::host_timeout, "the program ran longer than " + std::to_string(step_.exec.timeout_ms) + " ms");
      }) {}

void ProgramRun::start() {
  step_.exec.stdin_open = !step_.stdin_data.empty() || step_.stdin_stream;
  step_.exec.realtime_ns = realtime_now();
  stdin_closed_ = !step_.exec.stdin_open;
  outcome_.started = monotonic_now();
  pending_ = machine_.send(step_.exec);
  timer_.start(step_.exec.timeout_ms * kMillisecond + (step_.exec.sync ? kSyncGrace : kTimeoutGrace));
  send_stdin();
}

void ProgramRun::send_stdin() {
  if (pending_ == 0 || stdin_closed_ || pending_stdin_ != 0) return;
  if (step_.stdin_data.empty() && step_.stdin_stream) {
    if (handlers_.on_stdin_wanted) handlers_.on_stdin_wanted();
    return;
  }
  StdinRequest request{step_.stdin_data.substr(0, kMaxChunk), false};
  step_.stdin_data.erase(0, request.data.size());
  request.eof = !step_.stdin_stream && step_.stdin_data.empty();
  stdin_closed_ = request.eof;
  pending_stdin_ = machine_.send(std::move(request));
}

void ProgramRun::feed_stdin(std::string_view bytes) {
  step_.stdin_data.append(bytes);
  send_stdin();
}

void ProgramRun::end_stdin() {
  step_.stdin_stream = false;
  send_stdin();
}

void ProgramRun::take_reply(const Reply& reply) {
  if (pending_stdin_ != 0 && reply.id == pending_stdin_) return take_stdin_reply(reply);
  if (reply.id != pending_) return end(Ending::agent_lied, "the agent answered a request that is not open");
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

void ProgramRun::take_output(const StreamReply& stream) {
  if (outcome_.first_output == 0) outcome_.first_output = monotonic_now();
  const std::int64_t room = step_.output_bytes - output_bytes_;
  std::string_view bytes = stream.data;
  const bool over = static_cast<std::int64_t>(bytes.size()) > room;
  if (over) bytes = bytes.substr(0, static_cast<std::size_t>(room));
  output_bytes_ += static_cast<std::int64_t>(bytes.size());
  if (handlers_.on_output) {
    handlers_.on_output(stream.is_stderr, bytes);
  } else {
    (stream.is_stderr ? outcome_.err : outcome_.out).append(bytes);
  }
  if (!over || pending_ == 0) return;
  outcome_.truncated = true;
  end(Ending::output_limit, "the program wrote more than " + std::to_string(step_.output_bytes) + " bytes");
}

void ProgramRun::take_exit(const ExitReply& exit) {
  outcome_.ended = monotonic_now();
  outcome_.usage = exit.usage;
  if (exit.timed_out) {
    return end(Ending::guest_timeout, "the program ran longer than " + std::to_string(step_.exec.timeout_ms) + " ms");
  }
  outcome_.exit_code = exit.code;
  outcome_.signal = exit.signal;
  if (exit.exceeded) return end_at_limit(*exit.exceeded);
  if (exit.out_of_memory) return end(Ending::guest_out_of_memory, "the program used more memory than it may");
  if (exit.signal) return end(Ending::signalled);
  end(*exit.code == 0 ? Ending::exited_zero : Ending::exited_nonzero);
}

void ProgramRun::end_at_limit(Limit limit) {
  const bool cpu = limit == Limit::cpu_ms;
  outcome_.truncated = !cpu;
  end(cpu ? Ending::guest_cpu_limit : Ending::guest_output_limit,
      "the program used more than its " + std::string(to_string(limit)));
}

void ProgramRun::take_refusal(const ErrorReply& error) {
  outcome_.ended = monotonic_now();
  if (error.reason == Refusal::not_found) outcome_.exit_code = 127;
  if (error.reason == Refusal::cannot_run) outcome_.exit_code = 126;
  end(error.reason == Refusal::not_found    ? Ending::not_found
      : error.reason == Refusal::cannot_run ? Ending::cannot_run
      : error.reason == Refusal::permission ? Ending::permission_denied_by_agent
                                            : Ending::agent_failed,
      error.message);
}

void ProgramRun::pause() {
  if (!timer_.running()) return;
  time_left_ = timer_.remaining();
  timer_.stop();
}

void ProgramRun::resume() {
  if (time_left_) timer_.start(*time_left_);
  time_left_.reset();
}

ProgramOutcome ProgramRun::stop() {
  timer_.stop();
  pending_ = 0;
  return std::move(outcome_);
}

void ProgramRun::end(Ending ending, std::string message) {
  if (pending_ == 0) return;
  outcome_.ending = ending;
  outcome_.message = std::move(message);
  const auto on_end = std::move(handlers_.on_end);
  on_end(stop());  // this may destroy us
}

}  // namespace mayfly
