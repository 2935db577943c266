// SPDX-License-Identifier: Apache-2.0
#include "runner/task_runner.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <new>

#include "file_transfer.h"
#include "plan/imports.h"
#include "program_run.h"
#include "runner/endings.h"

namespace mayfly {
namespace {

// The guest's kernel, agent and page tables, beside what the task may use.
constexpr int kReserveMib = 64;
constexpr int kSmallestShapeMib = 128;

// An interpreter's or compiler's files stay in memory beside a program that fills its limit. Else their pages would be read
// again and again, each time as the program's own, and it would crawl at its limit instead of ending there.
constexpr int kLanguageFilesMib = 128;

// A request's largest id and token, for its size before they are known.
constexpr std::int64_t kRequestIdForSize = 1LL << 53;
constexpr std::size_t kTokenRoom = 128;

// What was being done, in TaskError's words.
std::string stage_of(TaskPhase phase) {
  switch (phase) {
    case TaskPhase::claiming: return "boot";
    case TaskPhase::preparing: return "prepare";
    case TaskPhase::running: return "exec";
    case TaskPhase::collecting: return "collect";
    case TaskPhase::closing:
    case TaskPhase::done: break;
  }
  return "teardown";
}

MachineReport machine_report(const Machine& machine, bool hit) {
  MachineReport report;
  report.restored = machine.restored();
  report.hit = hit;
  report.launch = machine.time_in(MachineState::launching) + machine.time_in(MachineState::negotiating);
  report.load = machine.time_in(MachineState::loading);
  report.boot = machine.time_in(MachineState::booting);
  report.exercise = machine.time_in(MachineState::exercising);
  return report;
}

void add_sandbox_limits(Isolation& isolation) {
  for (const char* name : {"processes", "open_files", "file_bytes", "stdout_bytes", "stderr_bytes"}) {
    isolation.limits_enforced.emplace_back(name);
  }
}

}  // namespace

MachineShape shape_for(const Limits& limits, const Language* language) {
  const auto mib = [](std::int64_t bytes) { return (bytes + (1 << 20) - 1) >> 20; };
  const std::int64_t reserve = language ? mib(language->memory_reserve_bytes) : 0;
  const auto wanted = static_cast<std::uint64_t>(std::max<std::int64_t>(mib(limits.memory_bytes) - reserve, kSmallestShapeMib));
  return {static_cast<int>(std::bit_ceil(wanted)) + static_cast<int>(reserve) + kReserveMib + (language ? kLanguageFilesMib : 0),
          static_cast<int>(std::ceil(limits.cpus)), language ? language->name : ""};
}

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
  if (!plan()) {
    result_.isolation = {};  // no machine was made
    return handle(TaskEvent::released);
  }
  claim_ = pool_.claim(environment_.parts, shape_of_machine(),
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
  transfer_ = std::make_unique<FileTransfer>(ring_, *machine_, [this](Ending ending, std::string stage, std::string message) {
    stop(ending, std::move(stage), std::move(message));
  });
  if (auto limited = limit_machine(); !limited) {
    return stop(Ending::launch_failed, "prepare", "the task's limits could not be set: " + limited.error().message());
  }
  handle(TaskEvent::machine_ready);
}

// The most that any of its programs may take. What a program has in its /tmp stays there until the artifacts have been
// fetched, while the checker runs.
MachineShape TaskRunner::shape_of_machine() const {
  Limits limits = spec_.limits;
  for (std::size_t i = 0; i < plan_->size(); ++i) {
    limits.memory_bytes = std::max(limits.memory_bytes, plan_->limits(i).memory_bytes);
  }
  if (spec_.checker && !spec_.artifacts.empty()) limits.memory_bytes += spec_.limits.memory_bytes;
  return shape_for(limits, find_language(environment_.languages, spec_.language));
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
  note_end(end);
  handle(TaskEvent::released);
}

bool TaskRunner::plan() {
  try {
    return make_plan() && fits_host();
  } catch (const std::bad_alloc&) {
    decide(Ending::mayfly_out_of_memory, "spec", "mayfly has no memory left for the task");
    return false;
  }
}

// What no try again could give it.
bool TaskRunner::fits_host() {
  const MachineShape wanted = shape_of_machine();
  const MachineShape& host = environment_.largest;
  if (wanted.memory_mib <= host.memory_mib && wanted.vcpus <= host.vcpus) return true;
  const bool memory = wanted.memory_mib > host.memory_mib;
  const std::string unit = memory ? " MiB of memory" : " processors";
  decide(Ending::spec_invalid, "spec",
         std::string("field 'limits.") + (memory ? "memory_bytes" : "cpus") + "' needs a machine with " +
             std::to_string(memory ? wanted.memory_mib : wanted.vcpus) + unit + ", and this host has " +
             std::to_string(memory ? host.memory_mib : host.vcpus));
  return false;
}

bool TaskRunner::make_plan() {
  auto planned = plan_programs(spec_, environment_.languages);
  if (!planned) {
    const bool known = spec_.language.empty() || find_language(environment_.languages, spec_.language);
    decide(known ? Ending::spec_invalid : Ending::unknown_language, "spec", planned.error().message());
    return false;
  }
  plan_ = *std::move(planned);
  if (spec_.report_imports) result_.imports = imports_of(*find_language(environment_.languages, spec_.language), spec_.files);
  const auto programs = plan_->programs();
  return std::all_of(programs.begin(), programs.end(),
                     [this](const ProgramStep* step) { return check_policy(*step) && check_size(*step); });
}

// With its input, and the time that this host gives it.
ProgramStep TaskRunner::step_at_hand() const {
  ProgramStep step = (*plan_)[step_];
  if (step.kind == ProgramKind::run) {
    step.stdin_data = step.test ? spec_.cases[*step.test].stdin_data : spec_.stdin_data;
  }
  step.exec.timeout_ms = scaled(step.exec.timeout_ms);
  if (step.exec.sandbox) step.exec.sandbox->cpu_ms = scaled(step.exec.sandbox->cpu_ms);
  step.cpu_ms = step.exec.sandbox ? step.exec.sandbox->cpu_ms : scaled(spec_.limits.cpu_ms.value_or(0));
  return step;
}

// A slow host may give all tasks more time, and each result says so.
std::int64_t TaskRunner::scaled(std::int64_t ms) const {
  return std::llround(static_cast<double>(ms) * environment_.isolation.time_factor);
}

bool TaskRunner::check_policy(const ProgramStep& step) {
  if (is_permitted(step.exec.permissions, step.exec.bin)) return true;
  decide(Ending::permission_denied, "policy", "'" + step.exec.bin + "' is not in the task's permissions");
  return false;
}

// The agent refuses a line that is too long, and cannot say which it was.
bool TaskRunner::check_size(const ProgramStep& step) {
  ExecRequest exec = step.exec;
  exec.timeout_ms = exec.memory_bytes = std::numeric_limits<std::int64_t>::max();  // whatever a case has
  const Request request{kRequestIdForSize, std::string(kTokenRoom, 'x'), std::move(exec)};
  if (encode(request).size() < kMaxChannelLine) return true;
  decide(Ending::spec_invalid, "spec",
         "the program's arguments, environment and permissions are larger than 1 MiB together");
  return false;
}

void TaskRunner::cancel(const std::string& why) {
  stop(Ending::cancelled, stage_of(phase_), why);
}

void TaskRunner::handle(TaskEvent event) {
  const TaskStep next = step(phase_, event);
  phase_ = next.next;
  act(next.action);
}

void TaskRunner::act(TaskAction action) {
  switch (action) {
    case TaskAction::none: return;
    case TaskAction::put_files:
      if (spec_.limits.total_ms) {
        total_clock_.emplace(ring_, *machine_).start();
        transfer_->set_total(*total_clock_, scaled(*spec_.limits.total_ms) * kMillisecond);
      }
      return transfer_->put(spec_.files, spec_.cwd, [this] { handle(TaskEvent::prepared); });
    case TaskAction::execute:
      step_ = 0;
      return execute();
    case TaskAction::get_artifacts:
      return transfer_->get(spec_.artifacts, spec_.cwd, spec_.sandbox, result_.artifacts, [this] { handle(TaskEvent::collected); });
    case TaskAction::destroy: return destroy();
    case TaskAction::report: return report();
  }
}

void TaskRunner::destroy() {
  closing_ = monotonic_now();
  if (machine_) {
    transfer_->stop();
    machine_->kill();
  } else {
    claim_.reset();
    ring_.defer([this] { handle(TaskEvent::released); });
  }
  ring_.defer([&pool = pool_] { pool.outcome_known(); });
  if (handlers_.on_outcome) handlers_.on_outcome();
}

// The first ending stays, but what the host saw outweighs what the guest said, and an escape
// outweighs everything. That all went well is no evidence against what it saw later.
bool TaskRunner::outweighs(Ending ending) const {
  const EndingRow& now = describe(result_.ending);
  const EndingRow& then = describe(ending);
  if (then.verdict == Verdict::escape_detected) return now.verdict != Verdict::escape_detected;
  return then.evidence == Evidence::host && (now.evidence == Evidence::guest || now.fault == Fault::none);
}

void TaskRunner::decide(Ending ending, std::string stage, std::string message, std::string hint) {
  if (decided_ && !outweighs(ending)) return;
  if (decided_) {  // what the guest said of the program's end no longer counts
    result_.exit_code.reset();
    result_.signal.reset();
  }
  decided_ = true;
  result_.ending = ending;
  result_.error.reset();
  if (!message.empty()) {
    result_.error = TaskError{std::move(stage), std::move(message), std::move(hint)};
  }
}

void TaskRunner::stop(Ending ending, std::string stage, std::string message) {
  if (phase_ >= TaskPhase::closing) return;
  give_up_program();
  decide(ending, std::move(stage), std::move(message));
  handle(TaskEvent::stopped);
}

// A task that needs more memory than mayfly has ends alone.
void TaskRunner::machine_replied(Machine&, const Reply& reply) {
  try {
    take_reply(reply);
  } catch (const std::bad_alloc&) {
    stop(Ending::mayfly_out_of_memory, stage_of(phase_),
         "mayfly has no memory left for what the task printed or left behind");
  }
}

void TaskRunner::take_reply(const Reply& reply) {
  if (late_stdin_ != 0 && reply.id == late_stdin_) {  // for a program that is gone
    late_stdin_ = 0;
    return;
  }
  if (phase_ >= TaskPhase::closing) return;  // late, from a machine that is being destroyed
  if (phase_ == TaskPhase::running && program_) return program_->take_reply(reply);
  transfer_->take_reply(reply);
}

void TaskRunner::pause_output() {
  if (!machine_ || paused_) return;
  paused_ = true;
  transfer_->pause();
  if (program_) program_->pause();
  machine_->pause_replies();
}

void TaskRunner::resume_output() {
  if (!machine_ || !paused_) return;
  paused_ = false;
  if (phase_ < TaskPhase::closing) {
    transfer_->resume();
    if (program_) program_->resume();
  }
  machine_->resume_replies();
}

void TaskRunner::machine_released(Machine&, const MachineEnd& end) {
  transfer_->stop();
  give_up_program();
  note_end(end);
  if (closing_ == 0) closing_ = monotonic_now();
  lease_.reset();
  handle(TaskEvent::released);
}

void TaskRunner::note_end(const MachineEnd& end) {
  if (end.process) result_.host = end.usage;
  result_.incident = end.incident;
  if (end.failure != MachineFailure::none) {
    std::string message = end.detail;
    for (const std::string* tail : {&end.stderr_tail, &end.console_tail}) {
      if (!tail->empty()) message += (tail == &end.stderr_tail ? "; QEMU says: " : "; console: ") + printable(*tail);
    }
    decide(ending_of(end.failure), stage_of(phase_), std::move(message), end.hint);
  }
}

void TaskRunner::machine_moved(Machine& machine, MachineState from, MachineState to) {
  log_move(log_, machine, from, to);
}

void TaskRunner::report() {
  const Nanoseconds now = monotonic_now();
  TaskTiming& timing = result_.timing;
  if (ready_) timing.claim = ready_ - started_;
  if (first_output_) timing.first_output = first_output_ - started_;
  if (closing_) timing.result = (exited_ ? exited_ : closing_) - started_;
  if (executed_) timing.exec = (exited_ ? exited_ : closing_) - executed_;
  if (closing_) timing.teardown = now - closing_;
  timing.total = now - started_;
  handlers_.on_done(std::move(result_));
}

}  // namespace mayfly
