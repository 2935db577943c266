// SPDX-License-Identifier: Apache-2.0
// How a task's programs follow each other on its machine.
#include <algorithm>

#include "file_transfer.h"
#include "program_run.h"
#include "task/comparison.h"
#include "task/task_runner.h"

namespace mayfly {
namespace {

using Kind = ProgramStep::Kind;

// Of what a checker says, in a message.
constexpr std::size_t kMostWords = 500;

// What a program has done leaves its machine as it was: another can run there.
bool lets_go_on(Ending ending) {
  switch (ending) {
    case Ending::exited_zero:
    case Ending::unexpected_output:
    case Ending::exited_nonzero:
    case Ending::signalled:
    case Ending::guest_timeout:
    case Ending::host_timeout:
    case Ending::guest_out_of_memory:
    case Ending::guest_cpu_limit:
    case Ending::cpu_limit:
    case Ending::guest_output_limit: return true;
    default: return false;
  }
}

// What it means for a task how its compiler ended.
Ending ending_before(Ending ending) {
  if (ending == Ending::not_found || ending == Ending::cannot_run) return Ending::spec_invalid;
  const bool limit = ending == Ending::output_limit;
  return ending != Ending::exited_zero && (limit || lets_go_on(ending)) ? Ending::compile_failed : ending;
}

Ending ending_of(Kind kind, Ending ending) {
  if (kind == Kind::run) return ending;
  const Ending before = ending_before(ending);
  return kind == Kind::make_checker && before == Ending::compile_failed ? Ending::checker_failed : before;
}

// exited_zero: what it judged is right. As testlib's checkers say it; theirs for "presentation error" is wrong, too.
Ending judgement_of(const ProgramOutcome& judge) {
  if (judge.ending == Ending::exited_nonzero && (judge.exit_code == 1 || judge.exit_code == 2)) return Ending::unexpected_output;
  const bool limit = judge.ending == Ending::output_limit;
  const bool is_its_own = limit || judge.ending == Ending::not_found || judge.ending == Ending::cannot_run || lets_go_on(judge.ending);
  return judge.ending != Ending::exited_zero && is_its_own ? Ending::checker_failed : judge.ending;
}

void judge_output(const TaskCase& test, ProgramOutcome& outcome) {
  if (!test.expected_stdout || is_expected(outcome.out, *test.expected_stdout)) return;
  outcome.ending = Ending::unexpected_output;
  outcome.message = "case '" + test.id + "' printed something else than was expected";
}

// Of a checker, or else how it ended.
std::string words_of(const ProgramOutcome& judge) {
  std::string words = judge.err.empty() ? judge.out : judge.err;
  words.erase(words.find_last_not_of(" \r\n") + 1);
  if (!words.empty()) return printable(words.substr(0, kMostWords));
  if (!judge.message.empty()) return judge.message;
  return judge.signal ? "(nothing; it ended by signal " + std::to_string(*judge.signal) + ")"
                      : "(nothing; it ended with status " + std::to_string(judge.exit_code.value_or(0)) + ")";
}

}  // namespace

// Of several cases the first that fails is what the task did, whatever the later ones do; but what is wrong with
// the task itself, or with its machine, is so of all of them.
void TaskRunner::decide_program(Ending ending, const std::string& stage, const std::string& message) {
  const Fault fault = describe(ending).fault;
  if (fault == Fault::none || (decided_ && fault == Fault::task)) return;
  if (fault == Fault::config) decided_ = false;
  decide(ending, stage, message);
}

void TaskRunner::execute() {
  program_.reset();  // the last has ended; should there be no time for another, nothing is to be given up
  const ProgramStep step = (*plan_)[step_];
  files_ = step.files;
  if (step.kind == Kind::judge) {
    for (TaskFile& file : files_for_checker(spec_.cases[*step.test], result_.cases.back().outcome.out)) files_.push_back(std::move(file));
  }
  transfer_->put(files_, step.exec.cwd, [this] { run_program(); });
}

void TaskRunner::run_program() {
  ProgramStep step = step_at_hand();
  if (const auto total = spec_.limits.total_ms) {
    const std::int64_t left = scaled(*total) - total_clock_->served() / kMillisecond;
    if (left <= 0) return stop(Ending::host_timeout, "exec", "the task's programs ran longer than " + std::to_string(scaled(*total)) + " ms together");
    step.exec.timeout_ms = std::min(step.exec.timeout_ms, left);
  }
  ProgramRun::Handlers handlers{.on_end = [this](ProgramOutcome outcome) { take_end(std::move(outcome)); }};
  if (step.kind == Kind::run) {
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
  const Kind kind = plan_->kind(step_);
  const auto test = plan_->test(step_);
  late_stdin_ = program_->unanswered();
  if (kind == Kind::judge) return take_judgement(std::move(outcome));
  if (test && !spec_.checker && outcome.ending == Ending::exited_zero) judge_output(spec_.cases[*test], outcome);
  const bool over = outcome.machine_lost || !lets_go_on(outcome.ending);
  const Ending ending = ending_of(kind, outcome.ending);
  if (ending == Ending::checker_failed) outcome.message = "the task's checker could not be compiled; 'checker' has the compiler's words";
  decide_program(ending, std::string(to_string(kind)), outcome.message);
  keep(std::move(outcome));
  go_on(over, ending != Ending::exited_zero);
}

// What the checker says of the case that has just run.
void TaskRunner::take_judgement(ProgramOutcome judge) {
  const Ending ending = judgement_of(judge);
  const bool over = ending != Ending::unexpected_output && ending != Ending::exited_zero;
  add_starved(judge);
  ProgramOutcome& judged = result_.cases.back().outcome;
  if (ending != Ending::exited_zero) {
    judged.ending = ending;
    judged.message = (over ? "the checker did not judge: " : "the checker says: ") + words_of(judge);
    decide_program(ending, "checker", judged.message);
  }
  go_on(over, ending != Ending::exited_zero);
}

// To the next program, if there is one to be run.
void TaskRunner::go_on(bool over, bool failed) {
  bound_case_output();
  const bool more = !over && (!failed || (plan_->test(step_) && !spec_.stop_at_failure));
  step_ = more ? step_ + 1 : plan_->size();
  if (failed && step_ < plan_->size() && plan_->kind(step_) == Kind::judge) ++step_;  // there is nothing to judge
  if (step_ < plan_->size()) return execute();
  if (!decided_) decide(Ending::exited_zero, "", "");
  handle(over ? TaskEvent::stopped : TaskEvent::exited);
}

void TaskRunner::add_starved(const ProgramOutcome& outcome) {
  if (outcome.starved) result_.timing.starved += *outcome.starved;
}

// Of the program at hand. Where a task has cases, what they printed is theirs, up to a sum; else it is the task's own.
void TaskRunner::keep(ProgramOutcome outcome) {
  add_starved(outcome);
  const Kind kind = plan_->kind(step_);
  const auto test = plan_->test(step_);
  if (kind != Kind::run) {
    result_.before.push_back({kind, std::move(outcome)});
    return;
  }
  if (outcome.ended) exited_ = outcome.ended;
  if (first_output_ == 0) first_output_ = outcome.first_output;
  result_.truncated = result_.truncated || outcome.truncated;
  if (test) {
    result_.cases.push_back({spec_.cases[*test].id, std::move(outcome)});
    return;
  }
  result_.exit_code = outcome.exit_code;
  result_.signal = outcome.signal;
  result_.guest = outcome.usage;
  result_.program_cpu = outcome.cpu;
  result_.out = std::move(outcome.out);
  result_.err = std::move(outcome.err);
}

// Of the last case, when it has been judged.
void TaskRunner::bound_case_output() {
  const bool is_next = step_ + 1 < plan_->size() && plan_->kind(step_ + 1) == Kind::judge;
  if (result_.cases.empty() || (is_next && result_.cases.back().outcome.ending == Ending::exited_zero)) return;
  ProgramOutcome& last = result_.cases.back().outcome;
  case_bytes_ += last.out.size() + last.err.size();
  if (case_bytes_ <= static_cast<std::size_t>(kMaxCaseBytes)) return;
  last.out.clear();
  last.err.clear();
  last.truncated = result_.truncated = true;
}

// What it has printed so far is kept. It may not have begun: then its files were on their way.
void TaskRunner::give_up_program() {
  if (phase_ != TaskPhase::running || step_ == plan_->size()) return;
  if (plan_->kind(step_) == Kind::judge) result_.cases.pop_back();  // nobody knows whether it is right
  if (program_) keep(program_->stop());
  step_ = plan_->size();
}

// The program at hand, or the last one that was.
bool TaskRunner::takes_stream() const {
  return spec_.stdin_stream && spec_.cases.empty() && plan_->kind(std::min(step_, plan_->size() - 1)) == Kind::run;
}

void TaskRunner::feed_stdin(std::string_view bytes) {
  if (program_ && takes_stream()) return program_->feed_stdin(bytes);
  stdin_waiting_.append(bytes);
}

void TaskRunner::end_stdin() {
  stdin_ended_ = true;
  if (program_ && takes_stream()) program_->end_stdin();
}

}  // namespace mayfly
