// SPDX-License-Identifier: Apache-2.0
#include "machine/machine.h"

#include <poll.h>
#include <sys/stat.h>

#include <cassert>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "agent_channel.h"
#include "base/id.h"
#include "introduction.h"
#include "qemu/qmp_session.h"
#include "snapshot_transfer.h"
#include "sys/file_size_limit.h"
#include "tail_stream.h"
#include "usage_meter.h"
#include "vmm_launch.h"

namespace mayfly {
namespace {

// A dying process closes its sockets shortly before its pidfd becomes readable; one that
// still lives after this time has closed a channel on purpose.
constexpr Nanoseconds kCloseGrace = kSecond;

// What a dead process left in its channels is read at once, and then they end; unless another
// process holds them open, such as the child of a wrapper around QEMU.
constexpr Nanoseconds kDrainGrace = kSecond;

constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kEntropyBytes = 64;

// EFBIG is the limit on the size of the overlay (RLIMIT_FSIZE), which QEMU tells from a full disk
// as long as it writes with threads of its own.
MachineFailure disk_failure(const QmpEvent& event) {
  if (event.no_space) return MachineFailure::host_disk_full;
  return event.reason == ::strerrordesc_np(EFBIG) ? MachineFailure::disk_limit : MachineFailure::host_io_error;
}

DiskState disk_state(const MachineConfig& config) {
  struct stat s {};
  if (!config.disk || !config.overlay || ::fstat(config.overlay.get(), &s) < 0) return {static_cast<bool>(config.disk)};
  return {true, s.st_size, s.st_dev};
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

// --- Its life ---------------------------------------------------------------------------------------

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
    case MachineAction::load: return load();
    case MachineAction::start: return start_guest();
    case MachineAction::exercise: return exercise();
    case MachineAction::save: return snapshot_->save(config_.state.get());
    case MachineAction::announce: return announce();
    case MachineAction::kill: return kill_process();
    case MachineAction::reap: return reap();
    case MachineAction::release: return release();
  }
}

void Machine::fail(MachineFailure failure, std::string detail) {
  end_.decide(failure, std::move(detail));
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

// --- Its process -------------------------------------------------------------------------------------

void Machine::launch() {
  if (state_ != MachineState::defined) return;  // it was killed before
  auto vmm = launch_vmm(config_);
  if (!vmm) {
    end_.decide(MachineFailure::launch_failed, "QEMU could not be started: " + vmm.error().message());
    return handle(MachineEvent::launch_failed);
  }
  take_over(*std::move(vmm));
  if (config_.oversight.watcher) config_.oversight.watcher->machine_launched(*this);
  boot_timer_.start(config_.boot_timeout);
  handle(MachineEvent::launched);
}

void Machine::take_over(Vmm vmm) {
  process_ = std::move(vmm.process);
  state_number_ = vmm.state_number;
  disk_ = disk_state(config_);
  hand_over_files();
  meter_ = std::make_unique<UsageMeter>(ring_, process_->pid(), config_.size.vcpus, config_.cgroup ? &*config_.cgroup : nullptr);
  exit_watch_ = std::make_unique<Watch>(ring_, process_->pidfd(), POLLIN, [this] { handle(MachineEvent::process_ended); });
  open_channels(vmm);
}

// The process has them now, and nobody else. The state's is still wanted by one that is to be
// saved: it is passed once more, then.
void Machine::hand_over_files() {
  for (Fd* file : {&config_.kernel, &config_.initramfs, &config_.disk, &config_.overlay, &config_.memory}) file->reset();
  if (config_.restored) config_.state.reset();
}

void Machine::open_channels(Vmm& vmm) {
  undrained_ = 3;  // all but the agent's, which is only listened to while the process lives
  qmp_ = open_qmp(std::move(vmm.qmp));
  snapshot_ = std::make_unique<SnapshotTransfer>(*qmp_, SnapshotTransfer::Handlers{
      .on_done = [this] { snapshot_done(); },
      .on_failed = [this](std::string why) { fail(MachineFailure::qmp_failed, std::move(why)); }});
  agent_ = open_agent(std::move(vmm.agent));
  introduction_ = std::make_unique<Introduction>();
  console_ = open_tail(std::move(vmm.console));
  stderr_ = open_tail(std::move(vmm.errors));
}

std::unique_ptr<QmpSession> Machine::open_qmp(Fd socket) {
  return std::make_unique<QmpSession>(ring_, std::move(socket), QmpSession::Handlers{
      .on_greeting = [this] { handle(MachineEvent::greeted); },
      .on_event = [this](const QmpEvent& event) { take_qmp_event(event); },
      .on_closed = [this] {
        channel_closed();
        channel_drained();
      },
      .on_garbled = [this](const Error& error) {
        fail(MachineFailure::qmp_failed, error.message());
        channel_drained();
      }});
}

std::unique_ptr<AgentChannel> Machine::open_agent(Fd socket) {
  return std::make_unique<AgentChannel>(ring_, std::move(socket), AgentChannel::Handlers{
      .on_reply = [this](const Reply& reply) { take_reply(reply); },
      .on_garbled = [this](std::string why) { fail(MachineFailure::agent_garbled, std::move(why)); },
      .on_closed = [this] { channel_closed(); }});
}

std::unique_ptr<TailStream> Machine::open_tail(Fd fd) {
  return std::make_unique<TailStream>(ring_, std::move(fd), [this] { channel_drained(); });
}

// --- QEMU's monitor ------------------------------------------------------------------------------------

// A command that QEMU refuses is the end of the machine.
void Machine::command(std::string_view name, std::string_view arguments, std::function<void()> next) {
  qmp_->execute(name, arguments, [this, next = std::move(next)](Result<void> answer) {
    if (!answer) return fail(MachineFailure::qmp_failed, answer.error().message());
    next();
  });
}

void Machine::negotiate() {
  end_.greeted = true;
  command("qmp_capabilities", {}, [this] {
    if (auto armed = arm_guard(); !armed) return fail(MachineFailure::launch_failed, armed.error().message());
    handle(MachineEvent::configured);
  });
}

void Machine::load() {
  if (!config_.restored) return handle(MachineEvent::loaded);
  snapshot_->load(state_number_);
}

// A restored guest runs already, and its agent waits for `resume`; one that boots says so.
void Machine::start_guest() {
  if (config_.restored) return send_resume();
  command("cont", {}, [] {});
}

void Machine::snapshot_done() {
  if (state_ != MachineState::saving) return handle(MachineEvent::loaded);
  saved_ = true;
  end_.decided = true;  // what comes now is the end that was wanted
  handle(MachineEvent::saved);
}

void Machine::take_qmp_event(const QmpEvent& event) {
  if (event.name == "MIGRATION") {
    snapshot_->take_event(event.status);
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

// --- The guest's agent -----------------------------------------------------------------------------------

std::int64_t Machine::send(decltype(Request::body) body) { return agent_ ? agent_->send(config_.token, std::move(body)) : 0; }

void Machine::pause_replies() {
  if (agent_) agent_->pause();
}

void Machine::resume_replies() {
  if (agent_) agent_->resume();
}

void Machine::take_reply(const Reply& reply) {
  if (state_ == MachineState::booting || state_ == MachineState::exercising) return take_introduction(reply);
  if (state_ == MachineState::running && !std::holds_alternative<ReadyReply>(reply.body)) {
    return observer_->machine_replied(*this, reply);
  }
  fail(MachineFailure::agent_lied, "the agent spoke out of turn");
}

void Machine::take_introduction(const Reply& reply) {
  const bool boots = state_ == MachineState::booting;
  switch (boots ? introduction_->take_boot_reply(reply) : introduction_->take_exercise_reply(reply)) {
    case Introduction::Meaning::nothing: return;
    case Introduction::Meaning::agent_waits: return send_resume();
    case Introduction::Meaning::acknowledged: return handle(MachineEvent::agent_ready);
    case Introduction::Meaning::exercised: return handle(MachineEvent::exercised);
    case Introduction::Meaning::broken:
      return fail(MachineFailure::boot_failed, "the agent says: " + std::get<ErrorReply>(reply.body).message);
    case Introduction::Meaning::lie:
      return fail(MachineFailure::agent_lied,
                  std::string("the agent spoke out of turn while ") + (boots ? "booting" : "exercising"));
  }
}

// Gives the guest what must be its own: token, name, clock, randomness.
void Machine::send_resume() {
  auto token = random_hex(kTokenBytes);
  auto entropy = random_bytes(kEntropyBytes);
  if (!token || !entropy) return fail(MachineFailure::launch_failed, "getrandom failed");
  introduction_->resume_sent(send(ResumeRequest{*token, config_.name, realtime_now(), *std::move(entropy)}));
  config_.token = *std::move(token);
}

void Machine::exercise() {
  if (!config_.exercise) return handle(MachineEvent::exercised);
  introduction_->exercise_sent(send(*std::move(config_.exercise)));
}

// --- What holds it -----------------------------------------------------------------------------------------

Result<void> Machine::arm_guard() {
  if (!config_.oversight.guard || !config_.cgroup || config_.cgroup->id() == 0) return {};
  return config_.oversight.guard->arm(config_.cgroup->id(), [this](const Incident& incident) { escaped(incident); });
}

void Machine::escaped(const Incident& incident) {
  end_.escaped(incident);
  fail(MachineFailure::escape_detected, end_.detail);
}

void Machine::report_incident() {
  if (!config_.oversight.on_incident) return;
  IncidentRecord record{*end_.incident, config_.name};
  if (work_) record.task = work_->task;
  if (work_ && work_->line > 0) record.line = work_->line;
  config_.oversight.on_incident(record);
}

Result<void> Machine::limit(const MachineLimits& limits) {
  if (!process_) return Error("the machine has ended");
  if (limits.disk_bytes) {
    if (auto limited = limit_file_size(process_->pid(), disk_.bytes + *limits.disk_bytes); !limited) {
      return std::move(limited).error().context("limit the machine's disk");
    }
  }
  if (limits.cpus && config_.cgroup) {
    CgroupLimits cgroup;
    cgroup.cpus = limits.cpus;
    if (auto limited = config_.cgroup->limit(cgroup); !limited) return limited;
    meter_->note_quota();
  }
  if (limits.io_bytes_per_s && disk_.exists) throttle_disk(*limits.io_bytes_per_s);
  return {};
}

// The host's limit stands behind QEMU's own, for one that was taken over; not every file system is on a disk that the
// kernel can limit.
void Machine::throttle_disk(std::int64_t bytes_per_s) {
  const auto disk = config_.cgroup ? disk_below(disk_.device) : std::nullopt;
  if (disk) (void)config_.cgroup->limit(IoLimit{*disk, bytes_per_s});
  const std::string rate = std::to_string(bytes_per_s);
  command("block_set_io_throttle", std::string("{\"id\":\"") + kDiskDevice + "\",\"bps\":0,\"bps_rd\":" + rate +
          ",\"bps_wr\":" + rate + ",\"iops\":0,\"iops_rd\":0,\"iops_wr\":0}", [] {});
}

Nanoseconds Machine::cpu_time() const { return meter_ ? meter_->cpu_time() : 0; }

ServedTimes Machine::served_times() const {
  if (config_.oversight.served_times) return config_.oversight.served_times();
  return meter_ ? meter_->served_times() : ServedTimes();
}

std::vector<CgroupCounter> Machine::usage_files() const { return meter_ ? meter_->files() : std::vector<CgroupCounter>(); }

// --- Its end -------------------------------------------------------------------------------------------------

// Why it closed is told by how the process ends, and by what QMP said before.
void Machine::channel_closed() {
  if (state_ < MachineState::killing) close_timer_.start(kCloseGrace);
}

void Machine::kill_process() {
  agent_->stop();
  (void)process_->kill(SIGKILL);  // we may: the jail has tried it out
}

void Machine::reap() {
  boot_timer_.stop();
  close_timer_.stop();
  read_usage();
  if (const auto process = process_->reap()) {
    end_.process = *process;
    meter_->reaped(*process);
  }
  exit_watch_.reset();
  agent_.reset();
  if (undrained_ == 0) return handle(MachineEvent::drained);
  drain_timer_.start(kDrainGrace);
}

void Machine::read_usage() {
  if (config_.oversight.guard) config_.oversight.guard->consume();
  if (meter_->read_last(config_.oversight.watcher != nullptr, [this] { channel_drained(); })) ++undrained_;
}

void Machine::channel_drained() {
  if (--undrained_ == 0) handle(MachineEvent::drained);
}

void Machine::release() {
  drain_timer_.stop();
  if (meter_) end_.usage = meter_->total();
  if (end_.process) end_.judge(*end_.process, process_->pid());
  if (config_.oversight.watcher) config_.oversight.watcher->machine_ended(*this, end_.usage);
  if (end_.incident) report_incident();
  let_go_of_group();
  if (console_) end_.console_tail = console_->content();
  if (stderr_) end_.stderr_tail = stderr_->content();
  observer_->machine_released(*this, end_);
}

void Machine::let_go_of_group() {
  if (!config_.cgroup) return;
  if (config_.oversight.guard) config_.oversight.guard->disarm(config_.cgroup->id());
  if (meter_) meter_->leave_group();
  config_.cgroup.reset();
}

void log_move(const Log& log, const Machine& machine, MachineState from, MachineState to) {
  if (!log.enabled(LogLevel::debug)) return;
  log.debug("machine " + machine.name() + " (pid " + std::to_string(machine.pid()) + "): " +
            std::string(to_string(from)) + " -> " + std::string(to_string(to)));
}

}  // namespace mayfly
