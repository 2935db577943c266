// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/result.h"
#include "machine/state.h"
#include "machine/tail_buffer.h"
#include "protocol/line_splitter.h"
#include "protocol/message.h"
#include "qemu/machine_spec.h"
#include "qemu/qmp_session.h"
#include "ring/ring.h"
#include "ring/stream.h"
#include "ring/watch.h"
#include "sys/process.h"

namespace mayfly {

// Why a machine ended, other than by its owner's wish. Host evidence, except where noted.
enum class MachineFailure {
  none,            // its owner killed it
  launch_failed,   // no process: clone3, sockets, overlay
  boot_timeout,    // the agent did not come in time
  boot_failed,     // the agent came and said that it cannot work (the guest's word)
  guest_reset,     // the guest asked for a reset: a kernel panic, or a reboot
  guest_shutdown,  // the guest powered itself off
  agent_closed,    // the agent's channel ended while QEMU went on
  agent_garbled,   // a line of the agent's is not in the protocol
  agent_lied,      // a well-formed line at a time when it cannot be true
  vmm_exited,      // QEMU exited by itself
  vmm_signalled,   // QEMU died of a signal that mayfly did not send
  vmm_sigsys,      // QEMU died of SIGSYS: it broke its seccomp filter
  qmp_failed,      // QMP said something wrong, or refused a command
  host_disk_full,  // the overlay could not grow
  host_io_error,   // another error of the host's disk
};

std::string_view to_string(MachineFailure failure);

struct MachineEnd {
  MachineFailure failure = MachineFailure::none;
  std::string detail;                 // one sentence, for people
  std::string hint;                   // how to mend it, where that is known
  std::optional<ProcessEnd> process;  // absent if there never was one
  std::string console_tail;           // the last bytes of the guest's console: hostile
  std::string stderr_tail;            // and of QEMU's stderr
};

struct MachineConfig {
  std::string name;  // the guest's hostname
  std::string qemu;
  Accelerator accelerator = Accelerator::tcg;
  int memory_mib = 512;
  int vcpus = 1;
  std::int64_t tsc_khz = 0;  // see MachineSpec
  int kernel_fd = -1;     // borrowed until launch() returns; -1 for a restored machine
  int initramfs_fd = -1;  // borrowed, likewise
  int disk_fd = -1;       // borrowed; -1: a machine without a disk
  Fd overlay;             // this machine's own; empty without a disk
  // Where the guest comes from: it boots, or it is restored from a snapshot. A machine that
  // boots with `memory_fd` and `state` can be saved, and its memory is then in that file.
  bool restored = false;
  int memory_fd = -1;  // borrowed; -1: anonymous memory
  Fd state;            // opened for this machine alone: the file offset is its own
  std::string token;   // the one that the restored guest knows
  std::optional<ExecRequest> exercise;  // the throw-away program, if one is to be run
  Nanoseconds boot_timeout = 20 * kSecond;  // from launch() until it is ready
};

class Machine;

// Who owns a machine. No call may destroy it directly; use Ring::defer().
class MachineObserver {
 public:
  virtual ~MachineObserver() = default;
  virtual void machine_ready(Machine& machine) = 0;
  virtual void machine_replied(Machine& machine, const Reply& reply) = 0;
  virtual void machine_released(Machine& machine, const MachineEnd& end) = 0;
  // Each change of state, before its action is taken. For tests and the debug log.
  virtual void machine_moved(Machine&, MachineState /*from*/, MachineState /*to*/) {}
};

// Notes a change of state at level debug.
void log_move(const Log& log, const Machine& machine, MachineState from, MachineState to);

// One QEMU process and its channels, from launch to release. It speaks QMP and the agent's
// protocol, hands the agent a token of its own, and makes sure that the process is gone when
// the owner is told so. It does not know what a task is. Everything that comes out of the
// process is hostile. What one machine hands to the next (a snapshot) is the template's
// business.
class Machine {
 public:
  Machine(Ring& ring, MachineConfig config, MachineObserver& observer);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // Starts QEMU. Failure is reported like any other, through machine_released.
  void launch();

  // Does without the throw-away program, if it does not run already: somebody waits.
  void skip_exercise() { config_.exercise.reset(); }

  // The task's machine now; only when ready. From now on `observer` is told.
  void claim(MachineObserver& observer);

  // Stops the guest for good and writes its state to the file of the configuration; only when
  // running, with no program in the guest. When the machine is released, saved() says whether
  // it is whole; memory and overlay are complete then, too.
  void save();
  bool saved() const { return saved_; }

  // Sends a request (with the machine's token); returns its id.
  std::int64_t send(decltype(Request::body) body);

  // Stops and resumes reading from the agent: back-pressure for its output.
  void pause_replies();
  void resume_replies();

  // Ends the machine, in any state, as often as one likes. The first reason is kept.
  void kill() { fail(MachineFailure::none, ""); }

  MachineState state() const { return state_; }
  bool restored() const { return config_.restored; }  // from a snapshot
  // How long it has been in that state, all in all, up to its last change of state.
  Nanoseconds time_in(MachineState state) const { return spent_[static_cast<std::size_t>(state)]; }
  const std::string& name() const { return config_.name; }
  // What the agent asks of every request; a secret.
  const std::string& token() const { return config_.token; }
  pid_t pid() const { return process_ ? process_->pid() : -1; }

 private:
  struct Sockets;

  void handle(MachineEvent event);
  MachineState enter(MachineState state);
  void act(MachineAction action);
  void announce();
  void fail(MachineFailure failure, std::string detail);

  Result<void> start_process();
  MachineSpec spec_for(const Sockets& far_ends) const;
  void open_channels(Sockets near_ends, Fd stderr_pipe);

  void negotiate();
  void load_snapshot();
  void start_guest();
  void write_snapshot();
  void migrate(std::string_view command, const std::string& from_or_to);
  void take_migration_event(std::string_view status);
  QmpSession::Answer on_success(std::function<void()> next);
  void command(std::string_view name, std::string_view arguments, std::function<void()> next);
  void take_qmp_event(const QmpEvent& event);
  void take_agent_bytes(std::string_view bytes);
  void take_reply(const Reply& reply);
  void take_boot_reply(const Reply& reply);
  void take_exercise_reply(const Reply& reply);
  void send_resume();
  void exercise();
  void channel_closed();
  void channel_drained();
  void reap();
  void judge(const ProcessEnd& process);
  void release();

  Ring& ring_;
  MachineConfig config_;
  MachineObserver* observer_;
  MachineState state_ = MachineState::defined;
  std::array<Nanoseconds, kMachineStates> spent_{};
  Nanoseconds entered_ = 0;  // state_
  MachineEnd end_;
  bool failed_ = false;   // end_.failure is decided
  bool saved_ = false;
  int state_fd_ = -1;  // the number of config_.state in the process
  std::int64_t next_request_ = 1;
  std::int64_t resume_request_ = 0;
  std::int64_t exercise_request_ = 0;
  LineSplitter lines_{kMaxChannelLine};
  bool replies_paused_ = false;
  bool handling_bytes_ = false;
  int undrained_ = 0;  // channels that are read to their end before release

  std::optional<Process> process_;
  std::unique_ptr<Watch> exit_watch_;
  std::unique_ptr<QmpSession> qmp_;
  std::unique_ptr<Stream> agent_;
  std::unique_ptr<Stream> console_;
  std::unique_ptr<Stream> stderr_;
  TailBuffer console_tail_;
  TailBuffer stderr_tail_;
  Timer boot_timer_;
  Timer close_timer_;  // a QEMU that closed a channel should be dying
  Timer drain_timer_;  // the channels of a dead QEMU should end
};

}  // namespace mayfly
