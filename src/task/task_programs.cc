// SPDX-License-Identifier: Apache-2.0
// How a task's programs follow each other on its machine.
#include <algorithm>

#include "program_run.h"
#include "task/task_runner.h"

namespace mayfly {
namespace {

// Of all cases of a task together: what is beyond it is judged and not kept.
constexpr std::size_t kMostCaseBytes = 64 << 20;

// What a program has done leaves its machine as it was: another can run there.
bool lets_go_on(Ending ending) {
  switch (ending) {
    case Ending::exited_zero:
    case Ending::unexpected_output:
    case Ending::exited_nonzero:
    case Ending::signalled:
    case Ending::guest_timeout:
    case Ending::guest_out_of_memory:
    case Ending::guest_cpu_limit:
    case Ending::guest_output_limit: return true;
    default: return false;
  }
}

// What it means for a task how its compiler ended.
Ending ending_before(Ending ending) {
  if (ending == Ending::not_found || ending == Ending::cannot_run) return Ending::spec_invalid;
  const bool limit = ending == Ending::host_timeout || ending == Ending::output_limit;
  return ending != Ending::exited_zero && (limit || lets_go_on(ending)) ? Ending::compile_failed : ending;
}

void judge_output(const TaskCase& test, ProgramOutcome& outcome) {
  if (!test.expected_stdout || is_expected(outcome.out, *test.expected_stdout)) return;
  outcome.ending = Ending::unexpected_output;
  outcome.message = "case '" + test.id + "' printed something else than was expected";
}

}  // namespace

void TaskRunner::execute() {
  program_.reset();  // the last has ended; should there be no time for another, nothing is to be given up
  ProgramStep step = steps_[step_];
  if (begun_ == 0) begun_ = monotonic_now();
  if (const auto total = spec_.limits.total_ms) {
    const std::int64_t left = scaled(*total) - (monotonic_now() - begun_) / kMillisecond;
    if (left <= 0) return stop(Ending::host_timeout, "exec", "the task's programs ran longer than " + std::to_string(scaled(*total)) + " ms together");
    step.exec.timeout_ms = std::min(step.exec.timeout_ms, left);
  }
  ProgramRun::Handlers handlers{.on_end = [this](ProgramOutcome outcome) { take_end(std::move(outcome)); }};
  if (step.kind == ProgramStep::Kind::run) {
    handlers.on_output = handlers_.on_output;
    handlers.on_stdin_wanted = handlers_.on_stdin_wanted;
    if (executed_ == 0) executed_ = monotonic_now();
  }
  const bool streams = step.stdin_stream;
  program_ = std::make_unique<ProgramRun>(ring_, *machine_, std::move(step), std::move(handlers));
  if (streams && !stdin_waiting_.empty()) program_->feed_stdin(std::exchange(stdin_waiting_, {}));
  if (streams && stdin_ended_) program_->end_stdin();
  program_->start();
}

void TaskRunner::take_end(ProgramOutcome outcome) {
  const ProgramStep& step = steps_[step_];
  late_stdin_ = program_->unanswered();
  if (step.test && outcome.ending == Ending::exited_zero) judge_output(spec_.cases[*step.test], outcome);
  const bool over = !lets_go_on(outcome.ending);
  const Ending ending = step.kind == ProgramStep::Kind::run ? outcome.ending : ending_before(outcome.ending);
  const bool failed = ending != Ending::exited_zero;
  if (failed) decide(ending, std::string(to_string(step.kind)), outcome.message);
  keep(step, std::move(outcome));
  const bool more = !over && step_ + 1 < steps_.size() && (!failed || (step.test && !spec_.stop_at_failure));
  step_ = more ? step_ + 1 : steps_.size();
  if (more) return execute();
  if (!decided_) decide(Ending::exited_zero, "", "");
  handle(over ? TaskEvent::stopped : TaskEvent::exited);
}

// Where a task has cases, what they printed is theirs, up to a sum; else it is the task's own.
void TaskRunner::keep(const ProgramStep& step, ProgramOutcome outcome) {
  if (step.kind != ProgramStep::Kind::run) {
    result_.before.push_back({step.kind, std::move(outcome)});
    return;
  }
  if (outcome.ended) exited_ = outcome.ended;
  if (first_output_ == 0) first_output_ = outcome.first_output;
  result_.truncated = result_.truncated || outcome.truncated;
  if (step.test) {
    case_bytes_ += outcome.out.size() + outcome.err.size();
    if (case_bytes_ > kMostCaseBytes) {
      outcome.out.clear();
      outcome.err.clear();
      outcome.truncated = result_.truncated = true;
    }
    result_.cases.push_back({spec_.cases[*step.test].id, std::move(outcome)});
    return;
  }
  result_.exit_code = outcome.exit_code;
  result_.signal = outcome.signal;
  result_.guest = outcome.usage;
  result_.out = std::move(outcome.out);
  result_.err = std::move(outcome.err);
}

// What it has printed so far is kept.
void TaskRunner::give_up_program() {
  if (!program_ || phase_ != TaskPhase::running || step_ == steps_.size()) return;
  keep(steps_[step_], program_->stop());
  step_ = steps_.size();
}

void TaskRunner::feed_stdin(std::string_view bytes) {
  if (program_ && steps_[std::min(step_, steps_.size() - 1)].stdin_stream) return program_->feed_stdin(bytes);
  stdin_waiting_.append(bytes);
}

void TaskRunner::end_stdin() {
  stdin_ended_ = true;
  if (program_ && steps_[std::min(step_, steps_.size() - 1)].stdin_stream) program_->end_stdin();
}

}  // namespace mayfly
