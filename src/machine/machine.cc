// SPDX-License-Identifier: Apache-2.0
#include "machine/machine.h"

#include <poll.h>

#include <array>
#include <cassert>
#include <csignal>
#include <cstring>

#include "base/id.h"
#include "sys/files.h"

namespace mayfly {
namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kEntropyBytes = 64;

// A dying process closes its sockets shortly before its pidfd becomes readable; one that
// still lives after this time has closed a channel on purpose.
constexpr Nanoseconds kCloseGrace = kSecond;

// What a dead process left in its channels is read at once, and then they end; unless another
// process holds them open, such as the child of a wrapper around QEMU.
constexpr Nanoseconds kDrainGrace = kSecond;

}  // namespace

Machine::Machine(Ring& ring, MachineConfig config, MachineObserver& observer)
    : ring_(ring),
      config_(std::move(config)),
      observer_(observer),
      boot_timer_(ring, [this] {
        fail(MachineFailure::boot_timeout,
             "the guest's agent was not ready within " +
                 std::to_string(config_.boot_timeout / kMillisecond) + " ms");
      }),
      close_timer_(ring, [this] {
        fail(MachineFailure::agent_closed, "QEMU closed a channel and went on");
      }),
      drain_timer_(ring, [this] { handle(MachineEvent::drained); }) {}

Machine::~Machine() = default;

void Machine::handle(MachineEvent event) {
  const MachineStep next = step(state_, event);
  if (next.next != state_) {
    const MachineState from = std::exchange(state_, next.next);
    observer_.machine_moved(*this, from, state_);
  }
  act(next.action);
}

void Machine::act(MachineAction action) {
  switch (action) {
    case MachineAction::none: return;
    case MachineAction::negotiate: return negotiate();
    case MachineAction::start: return start_guest();
    case MachineAction::announce: return observer_.machine_ready(*this);
    case MachineAction::kill: return process_->kill(SIGKILL);
    case MachineAction::reap: return reap();
    case MachineAction::release: return release();
  }
}

// The first reason wins: what follows from it (a closed socket, a killed process) is no news.
void Machine::fail(MachineFailure failure, std::string detail) {
  if (!std::exchange(failed_, true)) {
    end_.failure = failure;
    end_.detail = std::move(detail);
  }
  boot_timer_.stop();
  handle(MachineEvent::kill_wanted);
}

void Machine::claim() {
  assert(state_ == MachineState::ready);
  handle(MachineEvent::claimed);
}

std::int64_t Machine::send(decltype(Request::body) body) {
  const Request request{next_request_++, token_, std::move(body)};
  if (agent_) agent_->write(encode(request));
  return request.id;
}

void Machine::negotiate() {
  qmp_->execute("qmp_capabilities", [this](Result<void> answer) {
    if (!answer) return fail(MachineFailure::qmp_failed, answer.error().message());
    handle(MachineEvent::configured);
  });
}

void Machine::start_guest() {
  qmp_->execute("cont", [this](Result<void> answer) {
    if (!answer) fail(MachineFailure::qmp_failed, answer.error().message());
  });
}

void Machine::take_qmp_event(const QmpEvent& event) {
  if (event.name == "SHUTDOWN" && event.guest) {
    const bool reset = event.reason == "guest-reset" || event.reason == "guest-panic";
    fail(reset ? MachineFailure::guest_reset : MachineFailure::guest_shutdown,
         reset ? "the guest's kernel panicked or rebooted" : "the guest powered itself off");
  } else if (event.name == "BLOCK_IO_ERROR") {
    fail(event.no_space ? MachineFailure::host_disk_full : MachineFailure::host_io_error,
         "the machine's disk failed on " + event.operation + ": " + event.reason);
  }
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
  if (state_ == MachineState::running && !std::holds_alternative<ReadyReply>(reply.body)) {
    return observer_.machine_replied(*this, reply);
  }
  fail(MachineFailure::agent_lied, "the agent spoke out of turn");
}

void Machine::take_boot_reply(const Reply& reply) {
  if (std::holds_alternative<ReadyReply>(reply.body) && resume_request_ == 0) return send_resume();
  if (std::holds_alternative<AckReply>(reply.body) && resume_request_ != 0 &&
      reply.id == resume_request_) {
    boot_timer_.stop();
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
  token_ = *std::move(token);
}

// Why it closed is told by how the process ends, and by what QMP said before.
void Machine::channel_closed() {
  if (state_ < MachineState::killing) close_timer_.start(kCloseGrace);
}

void Machine::reap() {
  boot_timer_.stop();
  close_timer_.stop();
  if (const auto process = process_->reap()) end_.process = *process;
  exit_watch_.reset();
  agent_.reset();
  if (undrained_ == 0) return handle(MachineEvent::drained);
  drain_timer_.start(kDrainGrace);
}

void Machine::channel_drained() {
  if (--undrained_ == 0) handle(MachineEvent::drained);
}

void Machine::release() {
  drain_timer_.stop();
  if (end_.process) judge(*end_.process);
  end_.console_tail = console_tail_.content();
  end_.stderr_tail = stderr_tail_.content();
  observer_.machine_released(*this, end_);
}

// A machine that nobody wanted dead is judged by how QEMU ended; SIGSYS is told in any case.
void Machine::judge(const ProcessEnd& process) {
  if (process.signalled && process.status == SIGSYS) {
    end_.failure = MachineFailure::vmm_sigsys;
    end_.detail = "QEMU broke its seccomp filter";
  } else if (failed_) {
    return;
  } else if (process.signalled) {
    const char* name = ::sigabbrev_np(process.status);
    end_.failure = MachineFailure::vmm_signalled;
    end_.detail = std::string("QEMU was killed by SIG") + (name ? name : "?");
  } else {
    end_.failure = MachineFailure::vmm_exited;
    end_.detail = "QEMU exited by itself with status " + std::to_string(process.status);
  }
}

std::string_view to_string(MachineFailure failure) {
  constexpr std::array<std::string_view, 15> kNames = {
      "none",          "launch_failed",  "boot_timeout",   "boot_failed", "guest_reset",
      "guest_shutdown", "agent_closed",  "agent_garbled",  "agent_lied",  "vmm_exited",
      "vmm_signalled", "vmm_sigsys",     "qmp_failed",     "host_disk_full", "host_io_error"};
  return kNames[static_cast<std::size_t>(failure)];
}

}  // namespace mayfly
