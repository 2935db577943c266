// SPDX-License-Identifier: Apache-2.0
// The part of Machine that talks with the guest's agent.
#include "base/id.h"
#include "machine/machine.h"

namespace mayfly {
namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kEntropyBytes = 64;

}  // namespace

std::int64_t Machine::send(decltype(Request::body) body) {
  const Request request{next_request_++, config_.token, std::move(body)};
  if (agent_) agent_->write(encode(request));
  return request.id;
}

void Machine::pause_replies() {
  replies_paused_ = true;
  if (agent_) agent_->pause();
}

void Machine::resume_replies() {
  replies_paused_ = false;
  if (!agent_ || handling_bytes_) return;
  take_agent_bytes({});  // lines that were cut but not yet handled
  if (agent_ && !replies_paused_) agent_->resume();
}

void Machine::take_agent_bytes(std::string_view bytes) {
  lines_.append(bytes);
  handling_bytes_ = true;
  while (agent_ && state_ < MachineState::killing && !replies_paused_) {
    const auto line = lines_.next();
    if (!line) break;
    const auto reply = decode_reply(*line);
    if (reply) {
      take_reply(*reply);
    } else {
      fail(MachineFailure::agent_garbled, "the agent's line is not in the protocol: " +
                                              reply.error().message());
    }
  }
  handling_bytes_ = false;
  if (lines_.overflowed()) {
    fail(MachineFailure::agent_garbled, "the agent sent a line longer than 1 MiB");
  }
}

void Machine::take_reply(const Reply& reply) {
  if (state_ == MachineState::booting) return take_boot_reply(reply);
  if (state_ == MachineState::exercising) return take_exercise_reply(reply);
  if (state_ == MachineState::running && !std::holds_alternative<ReadyReply>(reply.body)) {
    return observer_->machine_replied(*this, reply);
  }
  fail(MachineFailure::agent_lied, "the agent spoke out of turn");
}

void Machine::take_boot_reply(const Reply& reply) {
  if (std::holds_alternative<ReadyReply>(reply.body) && resume_request_ == 0) return send_resume();
  if (std::holds_alternative<AckReply>(reply.body) && resume_request_ != 0 &&
      reply.id == resume_request_) {
    return handle(MachineEvent::agent_ready);
  }
  if (const auto* error = std::get_if<ErrorReply>(&reply.body)) {
    return fail(MachineFailure::boot_failed, "the agent says: " + error->message);
  }
  fail(MachineFailure::agent_lied, "the agent spoke out of turn while booting");
}

// Gives the guest what must be its own: token, name, clock, randomness.
void Machine::send_resume() {
  auto token = random_hex(kTokenBytes);
  auto entropy = random_bytes(kEntropyBytes);
  if (!token || !entropy) return fail(MachineFailure::launch_failed, "getrandom failed");
  resume_request_ = send(ResumeRequest{*token, config_.name, realtime_now(), *std::move(entropy)});
  config_.token = *std::move(token);
}

void Machine::exercise() {
  if (!config_.exercise) return handle(MachineEvent::exercised);
  exercise_request_ = send(*std::move(config_.exercise));
}

// Nobody wants its output, and an image that does not have the program is none the worse.
void Machine::take_exercise_reply(const Reply& reply) {
  if (reply.id != exercise_request_) {
    return fail(MachineFailure::agent_lied, "the agent spoke out of turn while exercising");
  }
  if (std::holds_alternative<StreamReply>(reply.body)) return;
  if (std::holds_alternative<ExitReply>(reply.body) || std::holds_alternative<ErrorReply>(reply.body)) {
    return handle(MachineEvent::exercised);
  }
  fail(MachineFailure::agent_lied, "the agent answered 'exec' with something else");
}

}  // namespace mayfly
