// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/result.h"
#include "jail/confinement.h"
#include "machine/escape_guard.h"
#include "machine/served_timer.h"
#include "machine/served_times.h"
#include "machine/state.h"
#include "machine/tail_buffer.h"
#include "protocol/line_splitter.h"
#include "monitor/incident_record.h"
#include "monitor/usage_reader.h"
#include "protocol/message.h"
#include "qemu/machine_spec.h"
#include "qemu/qmp_session.h"
#include "ring/ring.h"
#include "ring/stream.h"
#include "ring/watch.h"
#include "sys/cgroup.h"
#include "sys/process.h"

namespace mayfly {

// Why a machine ended, other than by its owner's wish. Host evidence, except where noted.
enum class MachineFailure {
  none,            // its owner killed it
  launch_failed,   // no process: clone3, sockets, overlay
  boot_timeout,    // the agent did not come in time
  host_overloaded, // nor could it: it got next to no time of a processor
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
  disk_limit,      // the guest wrote more than its overlay may hold
  escape_detected,  // QEMU did what no VMM has a reason to do: MachineEnd::incident
  host_out_of_memory,  // the kernel killed QEMU: the host had no more, or its cgroup's reserve was too small
  host_disk_full,  // the overlay could not grow
  host_io_error,   // another error of the host's disk
};

std::string_view to_string(MachineFailure failure);

// What the host has counted for QEMU, guest included, from whatever source it has.
using MachineUsage = CgroupUsage;

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

struct MachineEnd {
  MachineFailure failure = MachineFailure::none;
  std::string detail;                 // one sentence, for people
  std::string hint;                   // how to mend it, where that is known
  std::optional<ProcessEnd> process;  // absent if there never was one
  bool greeted = false;               // QEMU itself ran: what befell it before says nothing about its guest
  MachineUsage usage;
  std::optional<Incident> incident;   // what the escape monitor saw first
  std::string console_tail;           // the last bytes of the guest's console: hostile
  std::string stderr_tail;            // and of QEMU's stderr
};

class MachineSampler;

struct MachineConfig {
  std::string name;  // the guest's hostname
  std::string qemu;
  Accelerator accelerator = Accelerator::tcg;
  int memory_mib = 512;
  int vcpus = 1;
  std::int64_t tsc_khz = 0;  // see MachineSpec
  // Files, each opened for this machine alone: who shares a description, as duplicates do, can
  // change its flags and offset for all. launch() hands them over.
  Fd kernel;     // empty for a restored machine
  Fd initramfs;  // likewise
  Fd disk;       // the base, read-only; empty: a machine without a disk
  Fd overlay;    // empty without a disk
  // Where the guest comes from: it boots, or it is restored from a snapshot. A machine that
  // boots with `memory` and `state` can be saved, and its memory is then in that file.
  bool restored = false;
  Fd memory;  // empty: anonymous memory
  Fd state;
  std::string token;   // the one that the restored guest knows
  std::optional<ExecRequest> exercise;  // the throw-away program, if one is to be run
  Nanoseconds boot_timeout = 20 * kSecond;  // from launch() until it is ready, by its ServedClock
  // What holds QEMU. Without them it runs as this user, as far as the host lets it.
  const Jail* jail = nullptr;
  EscapeGuard* guard = nullptr;  // needs the cgroup
  // Told of an escape that was attempted, when the machine is gone.
  std::function<void(const IncidentRecord&)> on_incident;
  MachineSampler* sampler = nullptr;  // told of its life; must outlive it
  std::function<ServedTimes()> served_times;  // instead of the host's own figures: for tests
  std::optional<Cgroup> cgroup;
  ProcessLimits process_limits;
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

  // The escape monitor has seen what QEMU tried, and killed it.
  void escaped(const Incident& incident);

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
  const std::optional<MachineWork>& work() const { return work_; }
  // What tells its usage so far, for one reading; only while QEMU lives.
  std::vector<CgroupCounter> usage_files() const;

 private:
  struct Sockets;

  void handle(MachineEvent event);
  MachineState enter(MachineState state);
  void act(MachineAction action);
  void announce();
  void fail(MachineFailure failure, std::string detail);

  Result<void> start_process();
  void note_overlay();
  void hand_over_files();
  Result<Process> spawn(const MachineSpec& spec, int stderr_fd);
  Result<void> arm_guard();
  void read_usage();
  void take_usage(MachineUsage usage);
  void complete_usage(const ProcessEnd& process);
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
  void report_incident();
  void limit_disk_of_host(std::int64_t bytes_per_s) const;

  Ring& ring_;
  MachineConfig config_;
  MachineObserver* observer_;
  std::optional<MachineWork> work_;
  MachineState state_ = MachineState::defined;
  std::array<Nanoseconds, kMachineStates> spent_{};
  Nanoseconds entered_ = 0;  // state_
  MachineEnd end_;
  bool failed_ = false;   // end_.failure is decided
  bool saved_ = false;
  bool has_disk_ = false;
  std::int64_t overlay_bytes_ = 0;  // when it was launched
  dev_t overlay_device_ = 0;
  int state_fd_ = -1;  // the number of config_.state in the process
  std::int64_t next_request_ = 1;
  std::int64_t resume_request_ = 0;
  std::int64_t exercise_request_ = 0;
  LineSplitter lines_{kMaxChannelLine};
  bool replies_paused_ = false;
  bool handling_bytes_ = false;
  int undrained_ = 0;  // channels that are read to their end before release

  std::optional<Process> process_;
  std::unique_ptr<UsageReader> usage_reader_;
  std::unique_ptr<Watch> exit_watch_;
  std::unique_ptr<QmpSession> qmp_;
  std::unique_ptr<Stream> agent_;
  std::unique_ptr<Stream> console_;
  std::unique_ptr<Stream> stderr_;
  TailBuffer console_tail_;
  TailBuffer stderr_tail_;
  mutable std::optional<ServedTimesReader> served_times_;
  std::optional<CgroupCounter> throttle_;  // of its group, where it is held to a part of a processor
  ServedTimer boot_timer_;
  Timer close_timer_;  // a QEMU that closed a channel should be dying
  Timer drain_timer_;  // the channels of a dead QEMU should end
};

}  // namespace mayfly
