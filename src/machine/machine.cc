// SPDX-License-Identifier: Apache-2.0
#include "machine/machine.h"

#include <poll.h>

#include <array>
#include <cassert>
#include <csignal>
#include <cstring>

#include "machine/machine_sampler.h"
#include "sys/files.h"

namespace mayfly {
namespace {

// A dying process closes its sockets shortly before its pidfd becomes readable; one that
// still lives after this time has closed a channel on purpose.
constexpr Nanoseconds kCloseGrace = kSecond;

// What a dead process left in its channels is read at once, and then they end; unless another
// process holds them open, such as the child of a wrapper around QEMU.
constexpr Nanoseconds kDrainGrace = kSecond;

// Seen by how the process ended alone: which system call it was, the kernel has not said.
Incident sigsys_incident(pid_t pid) {
  Incident incident;
  incident.pid = pid;
  incident.kind = Incident::Kind::seccomp;
  incident.at = monotonic_now();
  return incident;
}

// How a child ends that could not execute QEMU (Process), and a program whose libraries are not all there (ld.so).
constexpr int kNeverBegan = 127;

// EFBIG is the limit on the size of the overlay (RLIMIT_FSIZE), which QEMU tells from a full disk
// as long as it writes with threads of its own.
MachineFailure disk_failure(const QmpEvent& event) {
  if (event.no_space) return MachineFailure::host_disk_full;
  return event.reason == ::strerrordesc_np(EFBIG) ? MachineFailure::disk_limit : MachineFailure::host_io_error;
}

}  // namespace

Machine::Machine(Ring& ring, MachineConfig config, MachineObserver& observer)
    : ring_(ring),
      config_(std::move(config)),
      observer_(&observer),
      boot_timer_(ring, *this, {
        .on_expiry = [this] {
          fail(MachineFailure::boot_timeout,
               "the guest's agent was not ready within " + std::to_string(config_.boot_timeout / kMillisecond) + " ms");
        },
        .on_overload = [this] {
          fail(MachineFailure::host_overloaded, "the machine could not boot: the host's processors are overloaded");
        }}),
      close_timer_(ring, [this] {
        fail(MachineFailure::agent_closed, "QEMU closed a channel and went on");
      }),
      drain_timer_(ring, [this] { handle(MachineEvent::drained); }) {}

Machine::~Machine() = default;

void Machine::handle(MachineEvent event) {
  const MachineStep next = step(state_, event);
  if (next.next != state_) {
    const MachineState from = enter(next.next);
    observer_->machine_moved(*this, from, state_);
  }
  act(next.action);
}

// Returns the state that it leaves.
MachineState Machine::enter(MachineState state) {
  const Nanoseconds now = monotonic_now();
  if (state_ != MachineState::defined) spent_[static_cast<std::size_t>(state_)] += now - entered_;
  entered_ = now;
  return std::exchange(state_, state);
}

void Machine::act(MachineAction action) {
  switch (action) {
    case MachineAction::none: return;
    case MachineAction::negotiate: return negotiate();
    case MachineAction::load: return load_snapshot();
    case MachineAction::start: return start_guest();
    case MachineAction::exercise: return exercise();
    case MachineAction::save: return write_snapshot();
    case MachineAction::announce: return announce();
    case MachineAction::kill: return (void)process_->kill(SIGKILL);  // we may: the jail has tried it out
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

// Whoever claims it will want to know its times at once: its threads are looked for now.
void Machine::announce() {
  boot_timer_.stop();
  (void)served_times();
  observer_->machine_ready(*this);
}

void Machine::claim(MachineObserver& observer, std::optional<MachineWork> work) {
  assert(state_ == MachineState::ready);
  work_ = std::move(work);
  observer_ = &observer;
  handle(MachineEvent::claimed);
}

void Machine::save() {
  assert(state_ == MachineState::running);
  handle(MachineEvent::save_wanted);
}

// A command that QEMU refuses is the end of the machine.
QmpSession::Answer Machine::on_success(std::function<void()> next) {
  return [this, next = std::move(next)](Result<void> answer) {
    if (!answer) return fail(MachineFailure::qmp_failed, answer.error().message());
    next();
  };
}

void Machine::command(std::string_view name, std::string_view arguments, std::function<void()> next) {
  qmp_->execute(name, arguments, on_success(std::move(next)));
}

void Machine::negotiate() {
  end_.greeted = true;
  command("qmp_capabilities", {}, [this] {
    if (auto armed = arm_guard(); !armed) return fail(MachineFailure::launch_failed, armed.error().message());
    handle(MachineEvent::configured);
  });
}

// A restored guest runs already, and its agent waits for `resume`; one that boots says so.
void Machine::start_guest() {
  if (config_.restored) return send_resume();
  command("cont", {}, [] {});
}

void Machine::take_qmp_event(const QmpEvent& event) {
  if (event.name == "MIGRATION") {
    take_migration_event(event.status);
  } else if (event.name == "SHUTDOWN" && event.guest) {
    const bool reset = event.reason == "guest-reset" || event.reason == "guest-panic";
    fail(reset ? MachineFailure::guest_reset : MachineFailure::guest_shutdown,
         reset ? "the guest's kernel panicked or rebooted" : "the guest powered itself off");
  } else if (event.name == "BLOCK_IO_ERROR") {
    const MachineFailure failure = disk_failure(event);
    fail(failure, failure == MachineFailure::disk_limit ? "more was written to the machine's disk than it may"
                                                        : "the machine's disk failed on " + event.operation + ": " + event.reason);
  }
}

// Why it closed is told by how the process ends, and by what QMP said before.
void Machine::channel_closed() {
  if (state_ < MachineState::killing) close_timer_.start(kCloseGrace);
}

void Machine::reap() {
  boot_timer_.stop();
  close_timer_.stop();
  read_usage();
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
  if (end_.process) {
    complete_usage(*end_.process);
    judge(*end_.process);
  }
  if (config_.sampler) config_.sampler->ended(*this, end_.usage);
  if (end_.incident) report_incident();
  if (config_.guard && config_.cgroup) config_.guard->disarm(config_.cgroup->id());
  config_.cgroup.reset();
  end_.console_tail = console_tail_.content();
  end_.stderr_tail = stderr_tail_.content();
  observer_->machine_released(*this, end_);
}

// A machine that nobody wanted dead is judged by how QEMU ended; SIGSYS is told in any case.
void Machine::judge(const ProcessEnd& process) {
  if (end_.incident) {
    end_.failure = MachineFailure::escape_detected;
  } else if (process.signalled && process.status == SIGSYS) {
    end_.failure = MachineFailure::vmm_sigsys;
    end_.detail = "QEMU made a system call that no VMM has a reason to make, and was killed (SIGSYS)";
    end_.incident = sigsys_incident(process_->pid());
  } else if (failed_) {
    return;
  } else if (process.signalled && process.status == SIGKILL && end_.usage.oom_kills > 0) {
    end_.failure = MachineFailure::host_out_of_memory;
    end_.detail = "the kernel killed QEMU for want of memory";
  } else if (process.signalled) {
    const char* name = ::sigabbrev_np(process.status);
    end_.failure = MachineFailure::vmm_signalled;
    end_.detail = std::string("QEMU was killed by SIG") + (name ? name : "?");
  } else if (!end_.greeted && process.status == kNeverBegan) {
    end_.failure = MachineFailure::launch_failed;
    end_.detail = "QEMU could not be executed";
  } else {
    end_.failure = MachineFailure::vmm_exited;
    end_.detail = "QEMU exited by itself with status " + std::to_string(process.status);
  }
}

void log_move(const Log& log, const Machine& machine, MachineState from, MachineState to) {
  if (!log.enabled(LogLevel::debug)) return;
  log.debug("machine " + machine.name() + " (pid " + std::to_string(machine.pid()) + "): " +
            std::string(to_string(from)) + " -> " + std::string(to_string(to)));
}

std::string_view to_string(MachineFailure failure) {
  constexpr std::array<std::string_view, 19> kNames = {
      "none",          "launch_failed",  "boot_timeout",   "host_overloaded", "boot_failed", "guest_reset",
      "guest_shutdown", "agent_closed",  "agent_garbled",  "agent_lied",  "vmm_exited",
      "vmm_signalled", "vmm_sigsys",     "qmp_failed",     "disk_limit",     "escape_detected",
      "host_out_of_memory", "host_disk_full", "host_io_error"};
  return kNames[static_cast<std::size_t>(failure)];
}

}  // namespace mayfly
