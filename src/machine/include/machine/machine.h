// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/clock.h"
#include "base/fd.h"
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
  int kernel_fd = -1;     // borrowed until launch() returns
  int initramfs_fd = -1;  // borrowed
  int disk_fd = -1;       // borrowed; -1: a machine without a disk
  Fd overlay;             // this machine's own; empty without a disk
  Nanoseconds boot_timeout = 20 * kSecond;  // from launch() until the agent is ready
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

// One QEMU process and its channels, from launch to release. It speaks QMP and the agent's
// protocol, hands the agent a token of its own, and makes sure that the process is gone when
// the owner is told so. It does not know what a task is. Everything that comes out of the
// process is hostile.
class Machine {
 public:
  Machine(Ring& ring, MachineConfig config, MachineObserver& observer);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // Starts QEMU. Failure is reported like any other, through machine_released.
  void launch();

  // The task's machine now; only when ready.
  void claim();

  // Sends a request (with the machine's token); returns its id.
  std::int64_t send(decltype(Request::body) body);

  // Stops and resumes reading from the agent: back-pressure for its output.
  void pause_replies();
  void resume_replies();

  // Ends the machine, in any state, as often as one likes. The first reason is kept.
  void kill() { fail(MachineFailure::none, ""); }

  MachineState state() const { return state_; }
  const std::string& name() const { return config_.name; }
  pid_t pid() const { return process_ ? process_->pid() : -1; }

 private:
  struct Sockets;

  void handle(MachineEvent event);
  void act(MachineAction action);
  void fail(MachineFailure failure, std::string detail);

  Result<void> start_process();
  MachineSpec spec_for(const Sockets& far_ends) const;
  void open_channels(Sockets near_ends, Fd stderr_pipe);

  void negotiate();
  void start_guest();
  void take_qmp_event(const QmpEvent& event);
  void take_agent_bytes(std::string_view bytes);
  void take_reply(const Reply& reply);
  void take_boot_reply(const Reply& reply);
  void send_resume();
  void channel_closed();
  void channel_drained();
  void reap();
  void judge(const ProcessEnd& process);
  void release();

  Ring& ring_;
  MachineConfig config_;
  MachineObserver& observer_;
  MachineState state_ = MachineState::defined;
  MachineEnd end_;
  bool failed_ = false;   // end_.failure is decided
  std::string token_;
  std::int64_t next_request_ = 1;
  std::int64_t resume_request_ = 0;
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
