// SPDX-License-Identifier: Apache-2.0
// How a task's programs follow each other on its machine.
#include <algorithm>

#include "file_transfer.h"
#include "program_run.h"
#include "judging.h"
#include "runner/endings.h"
#include "runner/limit_words.h"
#include "runner/task_runner.h"

namespace mayfly {
namespace {

using Kind = ProgramKind;

bool is_right(Ending ending) { return describe(ending).verdict == Verdict::ok; }

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
  const bool first = !program_;
  program_.reset();  // the last has ended; should there be no time for another, nothing is to be given up
  at_hand_ = step_at_hand();
  if (at_hand_.kind == Kind::judge) hand_over(spec_.checker->protocol, spec_.cases[*at_hand_.test], result_.cases.back().outcome.out, at_hand_);
  const auto put = [this] { transfer_->put(at_hand_.files, at_hand_.exec.cwd, [this] { run_program(); }); };
  first ? put() : transfer_->settle(put);
}

void TaskRunner::run_program() {
  ProgramStep step = std::move(at_hand_);
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
  if (outcome.message.empty() && !is_right(outcome.ending)) outcome.message = limit_met((*plan_)[step_], outcome);
  if (kind == Kind::judge) return take_judgement(outcome);
  const bool compares = test && !spec_.checker && outcome.ending == Ending::exited_zero && spec_.cases[*test].expected_stdout;
  const bool over = outcome.machine_lost || !lets_go_on(outcome.ending);
  const Ending ending = ending_of(kind, outcome.ending);
  if (kind == Kind::make_checker && describe(ending).fault == Fault::config) {
    outcome.message = "the task's checker could not be compiled; 'checker' has the compiler's words" + (outcome.message.empty() ? "" : "; " + outcome.message);
  }
  decide_program(ending, std::string(to_string(kind)), outcome.message);
  keep(std::move(outcome));
  compares ? compare_output() : go_on(over, !is_right(ending));
}

// Of the case that has just run. Most are so short that it is done at once.
void TaskRunner::compare_output() {
  result_.comparison = to_string(spec_.comparison.mode);
  search_.emplace(spec_.comparison, result_.cases.back().outcome.out, *spec_.cases[*plan_->test(step_)].expected_stdout);
  if (!search_->go_on()) return take_comparison();
  comparing_.emplace(ring_, [this] {
    const bool more = search_->go_on();
    if (!more) take_comparison();
    return more;
  });
}

void TaskRunner::take_comparison() {
  const auto difference = search_->difference();
  search_.reset();
  const std::string message = "case '" + result_.cases.back().id + "' printed something else than was expected: ";
  judge_case(difference ? Ending::unexpected_output : Ending::expected_output, "exec", difference ? message + *difference : "");
}

// What the checker says of the case that has just run.
void TaskRunner::take_judgement(const ProgramOutcome& checker) {
  add_starved(checker);
  CaseJudgement judgement = judgement_of(spec_.checker->protocol, checker);
  result_.cases.back().score = judgement.score;
  judge_case(judgement.ending, "checker", std::move(judgement.message));
}

void TaskRunner::judge_case(Ending ending, const std::string& stage, std::string message) {
  ProgramOutcome& judged = result_.cases.back().outcome;
  judged.ending = ending;
  judged.message = std::move(message);
  decide_program(ending, stage, judged.message);
  const bool over = describe(ending).verdict != Verdict::wrong_output && !is_right(ending);
  go_on(over, !is_right(ending));
}

// To the next program, if there is one to be run.
void TaskRunner::go_on(bool over, bool failed) {
  bound_case_output();
  const bool more = !over && (!failed || (plan_->test(step_) && !spec_.stop_at_failure));
  step_ = more ? step_ + 1 : plan_->size();
  if (failed && step_ < plan_->size() && plan_->kind(step_) == Kind::judge) ++step_;  // there is nothing to judge
  if (step_ < plan_->size()) return execute();
  if (!decided_) decide(ending_of_all(), "", "");
  handle(over ? TaskEvent::stopped : TaskEvent::exited);
}

void TaskRunner::add_starved(const ProgramOutcome& outcome) {
  if (outcome.starved) result_.timing.starved += *outcome.starved;
}

// Where nothing went wrong: the host's word, if it has compared the output of each case.
Ending TaskRunner::ending_of_all() const {
  const bool all = std::all_of(result_.cases.begin(), result_.cases.end(), [](const CaseResult& one) { return one.outcome.ending == Ending::expected_output; });
  return all && !result_.cases.empty() ? Ending::expected_output : Ending::exited_zero;
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
  if (result_.cases.empty() || (is_next && is_right(result_.cases.back().outcome.ending))) return;
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
  if (plan_->kind(step_) == Kind::judge || search_) result_.cases.pop_back();  // nobody knows whether it is right
  if (program_ && !search_) keep(program_->stop());
  comparing_.reset();
  search_.reset();
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
