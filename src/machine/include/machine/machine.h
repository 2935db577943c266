// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "machine/machine_config.h"
#include "machine/machine_end.h"
#include "machine/served_timer.h"
#include "machine/state.h"
#include "protocol/message.h"
#include "qemu/qmp_message.h"
#include "ring/ring.h"
#include "ring/watch.h"
#include "sys/process.h"

namespace mayfly {

class AgentChannel;
class Introduction;
class QmpSession;
class SnapshotTransfer;
class TailStream;
class UsageMeter;
struct Vmm;

// What a task allows its machine, where that is less than the machine was launched with.
struct MachineLimits {
  std::optional<std::int64_t> disk_bytes;  // that its overlay may grow by
  std::optional<double> cpus;
  std::optional<std::int64_t> io_bytes_per_s;
};

// Whom a machine works for, by the names that people know: for records of incidents.
struct MachineWork {
  std::string task;
  std::int64_t line = 0;  // of a batch; 0: none
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

// The overlay when the machine was launched.
struct DiskState {
  bool exists = false;
  std::int64_t bytes = 0;
  dev_t device = 0;  // that its file is on
};

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
  void claim(MachineObserver& observer, std::optional<MachineWork> work = std::nullopt);

  // Stops the guest for good and writes its state to the file of the configuration; only when
  // running, with no program in the guest. When the machine is released, saved() says whether
  // it is whole; memory and overlay are complete then, too.
  void save();
  bool saved() const { return saved_; }

  // Holds it to a task's limits, from now on; only when running. An error: it is held to fewer.
  Result<void> limit(const MachineLimits& limits);

  // CPU time that QEMU has used so far, guest included; 0 if it has ended.
  Nanoseconds cpu_time() const;

  // What its threads had of the host's processors so far, and what they waited for. Where the host does not tell threads
  // apart, all of QEMU counts as one virtual processor that never waits.
  ServedTimes served_times() const;

  // Sends a request (with the machine's token); returns its id. Nothing is sent, and 0 returned, before there is a
  // process and after its end.
  std::int64_t send(decltype(Request::body) body);

  // Stops and resumes reading from the agent: back-pressure for its output.
  void pause_replies();
  void resume_replies();

  // Ends the machine. Idempotent, in any state; the first reason wins.
  void kill() { fail(MachineFailure::none, ""); }

  MachineState state() const { return state_; }
  bool restored() const { return config_.restored; }  // from a snapshot
  // How long it has been in that state, all in all, up to its last change of state.
  Nanoseconds time_in(MachineState state) const { return spent_[static_cast<std::size_t>(state)]; }
  const std::string& name() const { return config_.name; }
  // What the agent asks of every request; a secret.
  const std::string& token() const { return config_.token; }
  pid_t pid() const { return process_ ? process_->pid() : -1; }
  const std::optional<MachineWork>& work() const { return work_; }
  // What tells its usage so far, for one reading; only while QEMU lives.
  std::vector<CgroupCounter> usage_files() const;

 private:
  void handle(MachineEvent event);
  MachineState enter(MachineState state);
  void act(MachineAction action);
  void announce();
  void fail(MachineFailure failure, std::string detail);

  void take_over(Vmm vmm);
  void hand_over_files();
  void open_channels(Vmm& vmm);
  std::unique_ptr<QmpSession> open_qmp(Fd socket);
  std::unique_ptr<AgentChannel> open_agent(Fd socket);
  std::unique_ptr<TailStream> open_tail(Fd fd);

  void negotiate();
  void load();
  void start_guest();
  void snapshot_done();
  void command(std::string_view name, std::string_view arguments, std::function<void()> next);
  void take_qmp_event(const QmpEvent& event);

  void take_reply(const Reply& reply);
  void take_introduction(const Reply& reply);
  void send_resume();
  void exercise();

  Result<void> arm_guard();
  void throttle_disk(std::int64_t bytes_per_s);
  void escaped(const Incident& incident);
  void report_incident();

  void channel_closed();
  void channel_drained();
  void kill_process();
  void read_usage();
  void reap();
  void release();
  void let_go_of_group();

  // What it is.
  Ring& ring_;
  MachineConfig config_;
  MachineObserver* observer_;
  std::optional<MachineWork> work_;

  // Where it is in its life.
  MachineState state_ = MachineState::defined;
  std::array<Nanoseconds, kMachineStates> spent_{};
  Nanoseconds entered_ = 0;  // state_
  MachineEnd end_;
  bool saved_ = false;
  int undrained_ = 0;  // channels that are read to their end before release
  ServedTimer boot_timer_;
  Timer close_timer_;  // a QEMU that closed a channel should be dying
  Timer drain_timer_;  // the channels of a dead QEMU should end

  // Its process, once there is one.
  std::optional<Process> process_;
  DiskState disk_;
  int state_number_ = -1;  // of the snapshot's state, in QEMU
  std::unique_ptr<Watch> exit_watch_;
  std::unique_ptr<UsageMeter> meter_;
  std::unique_ptr<QmpSession> qmp_;
  std::unique_ptr<SnapshotTransfer> snapshot_;
  std::unique_ptr<AgentChannel> agent_;  // until the process is reaped
  std::unique_ptr<Introduction> introduction_;
  std::unique_ptr<TailStream> console_;
  std::unique_ptr<TailStream> stderr_;
};

}  // namespace mayfly
