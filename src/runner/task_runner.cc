// SPDX-License-Identifier: Apache-2.0
#include "runner/task_runner.h"

#include <cmath>
#include <new>

#include "base/printable.h"
#include "preflight.h"
#include "runner/endings.h"
#include "task_work.h"

namespace mayfly {
namespace {

MachineReport machine_report(const Machine& machine, bool hit) {
  MachineReport report;
  report.restored = machine.restored();
  report.hit = hit;
  report.launch =
      machine.time_in(MachineState::launching) + machine.time_in(MachineState::negotiating);
  report.load = machine.time_in(MachineState::loading);
  report.boot = machine.time_in(MachineState::booting);
  report.exercise = machine.time_in(MachineState::exercising);
  return report;
}

void add_sandbox_limits(Isolation& isolation) {
  for (const char* name :
       {"processes", "open_files", "file_bytes", "stdout_bytes", "stderr_bytes"}) {
    isolation.limits_enforced.emplace_back(name);
  }
}

std::string message_of(const MachineEnd& end) {
  std::string message = end.detail;
  if (!end.stderr_tail.empty()) message += "; QEMU says: " + printable(end.stderr_tail);
  if (!end.console_tail.empty()) message += "; console: " + printable(end.console_tail);
  return message;
}

}  // namespace

TaskRunner::TaskRunner(Ring& ring, Pool& pool, const TaskEnvironment& environment, const Log& log,
                       TaskSpec spec, Handlers handlers)
    : ring_(ring),
      pool_(pool),
      environment_(environment),
      log_(log),
      spec_(std::move(spec)),
      handlers_(std::move(handlers)) {
  result_.id = spec_.id;
  result_.line = spec_.line;
  result_.labels = spec_.labels;
  result_.isolation = environment.isolation;
  if (spec_.sandbox) add_sandbox_limits(result_.isolation);
  result_.provenance = environment.provenance;
  result_.streamed = static_cast<bool>(handlers_.on_output);
}

TaskRunner::~TaskRunner() = default;

void TaskRunner::start() {
  started_ = monotonic_now();
  auto checked = preflight(spec_, environment_, result_);
  if (auto* rejection = std::get_if<Rejection>(&checked)) {
    result_.isolation = {};  // no machine was made
    decision_.decide(rejection->ending, std::move(rejection->error));
    return handle(TaskEvent::released);
  }
  auto& clearance = std::get<Clearance>(checked);
  plan_ = std::move(clearance.plan);
  claim(clearance.shape);
}

void TaskRunner::claim(const MachineShape& shape) {
  claim_ = pool_.claim(environment_.parts, shape,
                       [this](std::variant<Pool::Claimed, MachineEnd> answer) {
                         if (auto* claimed = std::get_if<Pool::Claimed>(&answer)) {
                           take_machine(std::move(*claimed));
                         } else {
                           take_failure(std::get<MachineEnd>(answer));
                         }
                       });
}

void TaskRunner::take_machine(Pool::Claimed claimed) {
  ready_ = monotonic_now();
  machine_ = std::move(claimed.machine);
  lease_ = std::move(claimed.lease);
  result_.machine = machine_report(*machine_, claimed.hit);
  machine_->claim(*this, MachineWork{spec_.id, spec_.line});
  if (auto limited = limit_machine(); !limited) {
    return stop(
        Ending::launch_failed,
        {"prepare", "the task's limits could not be set: " + limited.error().message(), ""});
  }
  handle(TaskEvent::machine_ready);
}

// What a machine was launched with holds for all; here a task gets less.
Result<void> TaskRunner::limit_machine() {
  const Limits& limits = spec_.limits;
  MachineLimits less;
  less.disk_bytes = limits.disk_bytes;
  less.io_bytes_per_s = limits.io_bytes_per_s;
  if (limits.cpus < std::ceil(limits.cpus)) less.cpus = limits.cpus;
  return machine_->limit(less);
}

// There was to be a machine, and there never was one to work with.
void TaskRunner::take_failure(const MachineEnd& end) {
  note_end(end, stage());
  handle(TaskEvent::released);
}

void TaskRunner::cancel(const std::string& why) { stop(Ending::cancelled, {stage(), why, ""}); }

void TaskRunner::handle(TaskEvent event) {
  const TaskStep next = step(phase_, event);
  phase_ = next.next;
  act(next.action);
}

void TaskRunner::act(TaskAction action) {
  switch (action) {
    case TaskAction::none: return;
    case TaskAction::work: return work();
    case TaskAction::destroy: return destroy();
    case TaskAction::report: return report();
  }
}

void TaskRunner::work() {
  const TaskWork::Task task{spec_, *plan_, result_, decision_, stdin_feed_};
  WorkObserver& observer = *this;
  work_ = std::make_unique<TaskWork>(ring_, *machine_, task, observer);
  work_->start();
}

void TaskRunner::destroy() {
  closing_ = monotonic_now();
  if (machine_) {
    machine_->kill();
  } else {
    claim_.reset();
    ring_.defer([this] { handle(TaskEvent::released); });
  }
  ring_.defer([&pool = pool_] { pool.outcome_known(); });
  if (handlers_.on_outcome) handlers_.on_outcome();
}

void TaskRunner::stop(Ending ending, TaskError error) {
  if (phase_ >= TaskPhase::closing) return;
  if (work_) work_->stop();
  decision_.decide(ending, std::move(error));
  handle(TaskEvent::stopped);
}

// What is being done, in TaskError's words.
std::string TaskRunner::stage() const {
  switch (phase_) {
    case TaskPhase::claiming: return "boot";
    case TaskPhase::working: return std::string(work_->stage());
    case TaskPhase::closing:
    case TaskPhase::done: break;
  }
  return "teardown";
}

// A task that needs more memory than mayfly has ends alone.
void TaskRunner::machine_replied(Machine&, const Reply& reply) {
  try {
    if (phase_ == TaskPhase::working)
      work_->take_reply(reply);  // else late, from a machine that is being destroyed
  } catch (const std::bad_alloc&) {
    stop(Ending::mayfly_out_of_memory,
         {stage(), "mayfly has no memory left for what the task printed or left behind", ""});
  }
}

void TaskRunner::program_printed(bool is_stderr, std::string_view bytes) {
  handlers_.on_output(is_stderr, bytes);
}

void TaskRunner::stdin_wanted() {
  if (handlers_.on_stdin_wanted) handlers_.on_stdin_wanted();
}

void TaskRunner::feed_stdin(std::string_view bytes) { stdin_feed_.feed(bytes); }

void TaskRunner::end_stdin() { stdin_feed_.end(); }

void TaskRunner::pause_output() {
  if (!machine_ || paused_) return;
  paused_ = true;
  if (work_) work_->pause();
  machine_->pause_replies();
}

void TaskRunner::resume_output() {
  if (!machine_ || !paused_) return;
  paused_ = false;
  if (work_) work_->resume();
  machine_->resume_replies();
}

void TaskRunner::machine_released(Machine&, const MachineEnd& end) {
  const std::string during = stage();
  if (work_) work_->stop();
  note_end(end, during);
  if (closing_ == 0) closing_ = monotonic_now();
  lease_.reset();
  handle(TaskEvent::released);
}

void TaskRunner::note_end(const MachineEnd& end, const std::string& stage) {
  if (end.process) result_.host = end.usage;
  result_.incident = end.incident;
  if (end.failure == MachineFailure::none) return;
  decision_.decide(ending_of(end.failure), {stage, message_of(end), end.hint});
}

void TaskRunner::machine_moved(Machine& machine, MachineState from, MachineState to) {
  log_move(log_, machine, from, to);
}

void TaskRunner::set_times() {
  const Nanoseconds now = monotonic_now();
  const Nanoseconds began = work_ ? work_->began() : 0;
  const Nanoseconds first_output = work_ ? work_->outcomes().first_output() : 0;
  const Nanoseconds ended =
      work_ && work_->outcomes().ended() ? work_->outcomes().ended() : closing_;
  TaskTiming& timing = result_.timing;
  if (ready_) timing.claim = ready_ - started_;
  if (first_output) timing.first_output = first_output - started_;
  if (closing_) timing.result = ended - started_;
  if (began) timing.exec = ended - began;
  if (closing_) timing.teardown = now - closing_;
  timing.total = now - started_;
}

void TaskRunner::report() {
  decision_.write(result_);
  set_times();
  handlers_.on_done(std::move(result_));
}

}  // namespace mayfly
