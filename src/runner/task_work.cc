// SPDX-License-Identifier: Apache-2.0
#include "task_work.h"

#include <algorithm>
#include <utility>

#include "judging.h"
#include "runner/endings.h"
#include "runner/limit_words.h"

namespace mayfly {
namespace {

bool is_right(Ending ending) { return describe(ending).verdict == Verdict::ok; }

Outline outline_of(const TaskSpec& spec, const TaskPlan& plan) {
  return {plan.check.has_value(), plan.compile.has_value(), plan.make_checker.has_value(),
          plan.judge.has_value(), plan.cases.size(),        spec.stop_at_failure};
}

// Only of stages that run one.
ProgramKind kind_of(Stage stage) {
  switch (stage) {
    case Stage::checking: return ProgramKind::check;
    case Stage::compiling: return ProgramKind::compile;
    case Stage::making_checker: return ProgramKind::make_checker;
    case Stage::judging: return ProgramKind::judge;
    default: return ProgramKind::run;
  }
}

// A case has ended well, and nobody knows whether it is right.
bool awaits_verdict(const Course& course) {
  const Stage stage = course.stage == Stage::settling ? course.next : course.stage;
  return stage == Stage::comparing || stage == Stage::handing_over || stage == Stage::judging;
}

StageEvent event_of(const ProgramOutcome& outcome, Ending ending) {
  if (outcome.machine_lost || !lets_go_on(outcome.ending)) return StageEvent::ruined;
  return is_right(ending) ? StageEvent::passed : StageEvent::failed;
}

std::string no_checker(const std::string& message) {
  return "the task's checker could not be compiled; 'checker' has the compiler's words" +
         (message.empty() ? "" : "; " + message);
}

}  // namespace

TaskWork::TaskWork(Ring& ring, Machine& machine, Task task, WorkObserver& observer)
    : ring_(ring),
      machine_(machine),
      task_(task),
      observer_(observer),
      outline_(outline_of(task.spec, task.plan)),
      total_(ring, machine, task.plan.total_ms),
      outcomes_(task.result) {}

void TaskWork::start() { enter(begin_course()); }

void TaskWork::handle(StageEvent event) { enter(step(outline_, course_, event)); }

// What has ended is gone before the next begins: should that not come to begin, nothing is to be
// given up.
void TaskWork::enter(CourseStep step) {
  course_ = step.next;
  if (step.action == StageAction::none) return;
  activity_.reset();
  act(step.action);
}

void TaskWork::act(StageAction action) {
  switch (action) {
    case StageAction::none: return;
    case StageAction::put_files: return put_files();
    case StageAction::run_program: return run_program();
    case StageAction::compare_output: return compare_output();
    case StageAction::settle:
      return begin(std::make_unique<Settling>(ring_, machine_, total_, *this));
    case StageAction::get_artifacts: return get_artifacts();
    case StageAction::finish: return observer_.work_finished();
  }
}

void TaskWork::begin(std::unique_ptr<Activity> activity) {
  activity_ = std::move(activity);
  activity_->start();
}

void TaskWork::put_files() {
  const TaskSpec& spec = task_.spec;
  if (course_.stage == Stage::putting) return upload(spec.files, spec.cwd);
  const bool for_judge = course_.stage == Stage::handing_over;
  const TaskProgram& program = for_judge ? *task_.plan.judge : *task_.plan.make_checker;
  std::vector<TaskFile> files = program.files;
  if (for_judge)
    hand_over(spec.checker->protocol, case_at_hand(), outcomes_.last_case().outcome.out, files);
  upload(std::move(files), program.exec.cwd);
}

void TaskWork::upload(std::vector<TaskFile> files, const std::string& cwd) {
  begin(std::make_unique<Upload>(ring_, machine_, total_, *this, std::move(files), cwd));
}

// As it is for this case, with its input and the time that is left for it.
TaskProgram TaskWork::program_at_hand() {
  const ProgramKind kind = kind_of(course_.stage);
  TaskProgram program = task_.plan.program(kind, course_.test);
  if (kind == ProgramKind::run) {
    program.stdin_data = outline_.cases > 0 ? case_at_hand().stdin_data : task_.spec.stdin_data;
    program.stdout_stream = task_.result.streamed;
  }
  if (kind == ProgramKind::judge && reads_output_from_stdin(task_.spec.checker->protocol)) {
    program.stdin_data = outcomes_.last_case().outcome.out;
  }
  program.exec.timeout_ms = std::min(program.exec.timeout_ms, total_.left_ms());
  return program;
}

void TaskWork::run_program() {
  TaskProgram program = program_at_hand();
  if (total_.left_ms() <= 0) {
    return observer_.work_failed(Ending::host_timeout,
                                 {"exec",
                                  "the task's programs ran longer than " +
                                      std::to_string(total_.limit_ms()) + " ms together",
                                  ""});
  }
  if (program.kind == ProgramKind::run && began_ == 0) began_ = monotonic_now();
  const bool streams = program.stdin_stream;
  auto run = std::make_unique<ProgramRun>(ring_, machine_, std::move(program), *this);
  if (streams) task_.stdin_feed.connect(*run);
  begin(std::move(run));
}

void TaskWork::program_ended(ProgramOutcome outcome, std::int64_t unanswered) {
  late_stdin_ = unanswered;
  task_.stdin_feed.disconnect();
  const ProgramKind kind = kind_of(course_.stage);
  if (outcome.message.empty() && !is_right(outcome.ending))
    outcome.message = limit_met(*task_.plan.find(kind), outcome);
  kind == ProgramKind::judge ? take_judgement(outcome) : take_program(kind, std::move(outcome));
}

void TaskWork::take_program(ProgramKind kind, ProgramOutcome outcome) {
  const Ending ending = ending_of(kind, outcome.ending);
  const bool no_judge =
      kind == ProgramKind::make_checker && describe(ending).fault == Fault::config;
  if (no_judge) outcome.message = no_checker(outcome.message);
  task_.decision.decide_by_program(ending, {std::string(to_string(kind)), outcome.message, ""});
  const StageEvent event = event_of(outcome, ending);
  keep(kind, std::move(outcome));
  if (course_.stage == Stage::running && outline_.cases > 0 && event != StageEvent::passed)
    outcomes_.settle_case();
  handle(event);
}

void TaskWork::keep(ProgramKind kind, ProgramOutcome outcome) {
  if (kind != ProgramKind::run) return outcomes_.keep_before(kind, std::move(outcome));
  outline_.cases > 0 ? outcomes_.keep_case(case_at_hand().id, std::move(outcome))
                     : outcomes_.keep_run(std::move(outcome));
}

void TaskWork::compare_output() {
  const auto& expected = case_at_hand().expected_stdout;
  if (!expected) return judge_case(Ending::exited_zero, "", "");  // whatever it printed is right
  task_.result.comparison = to_string(task_.spec.comparison.mode);
  begin(std::make_unique<OutputComparison>(ring_, task_.spec.comparison,
                                           outcomes_.last_case().outcome.out, *expected, *this));
}

void TaskWork::compared(const std::optional<std::string>& difference) {
  const std::string message =
      "case '" + case_at_hand().id + "' printed something else than was expected: ";
  judge_case(difference ? Ending::unexpected_output : Ending::expected_output, "exec",
             difference ? message + *difference : "");
}

void TaskWork::take_judgement(const ProgramOutcome& checker) {
  outcomes_.count_starved(checker);
  CaseJudgement judgement = judgement_of(task_.spec.checker->protocol, checker);
  judge_case(judgement.ending, "checker", std::move(judgement.message), judgement.score);
}

void TaskWork::judge_case(Ending ending, const std::string& stage, std::string message,
                          std::optional<double> score) {
  task_.decision.decide_by_program(ending, {stage, message, ""});
  outcomes_.judge_case(ending, std::move(message), score);
  outcomes_.settle_case();
  const bool is_verdict = is_right(ending) || describe(ending).verdict == Verdict::wrong_output;
  handle(!is_verdict        ? StageEvent::ruined
         : is_right(ending) ? StageEvent::passed
                            : StageEvent::failed);
}

void TaskWork::get_artifacts() {
  if (!task_.decision.made()) task_.decision.decide(outcomes_.all_right(), {});
  const TaskSpec& spec = task_.spec;
  begin(std::make_unique<Download>(ring_, machine_, total_, *this, spec.artifacts, spec.cwd,
                                   spec.sandbox, task_.result.artifacts));
}

void TaskWork::take_reply(const Reply& reply) {
  if (late_stdin_ != 0 && reply.id == late_stdin_) {  // for a program that is gone
    late_stdin_ = 0;
    return;
  }
  if (course_.stage != Stage::over && activity_) activity_->take_reply(reply);  // else late
}

void TaskWork::pause() {
  if (activity_) activity_->pause();
}

void TaskWork::resume() {
  if (course_.stage != Stage::over && activity_) activity_->resume();
}

// The activity stays: it may be what has called.
void TaskWork::stop() {
  if (course_.stage == Stage::over) return;
  task_.stdin_feed.disconnect();
  give_up(activity_ ? activity_->stop() : std::nullopt);
  course_ = step(outline_, course_, StageEvent::stopped).next;
}

void TaskWork::give_up(std::optional<ProgramOutcome> left) {
  if (awaits_verdict(course_)) {
    outcomes_.drop_case();
    if (left) outcomes_.count_starved(*left);
  } else if (left) {
    keep(kind_of(course_.stage), *std::move(left));
  }
}

std::string_view TaskWork::stage() const {
  switch (course_.stage) {
    case Stage::putting: return "prepare";
    case Stage::collecting: return "collect";
    case Stage::over: return "teardown";
    default: return "exec";
  }
}

}  // namespace mayfly
