// SPDX-License-Identifier: Apache-2.0
#include "runner/course.h"

namespace mayfly {
namespace {

using Action = StageAction;
using Event = StageEvent;

Action action_of(Stage stage) {
  switch (stage) {
    case Stage::putting:
    case Stage::bringing_checker:
    case Stage::handing_over: return Action::put_files;
    case Stage::checking:
    case Stage::compiling:
    case Stage::making_checker:
    case Stage::running:
    case Stage::judging: return Action::run_program;
    case Stage::comparing: return Action::compare_output;
    case Stage::settling: return Action::settle;
    case Stage::collecting: return Action::get_artifacts;
    case Stage::over: break;
  }
  return Action::finish;
}

CourseStep enter(Stage stage, std::size_t test = 0) { return {{stage, test}, action_of(stage)}; }

CourseStep stay(Course course) { return {course, Action::none}; }

// After a program: what it left is no matter of the next one's.
CourseStep settle(Stage next, std::size_t test = 0) {
  return {{Stage::settling, test, next}, Action::settle};
}

// On the way to the program: the next of what there is.
Stage next_to_prepare(const Outline& outline, Stage stage) {
  if (stage < Stage::checking && outline.check) return Stage::checking;
  if (stage < Stage::compiling && outline.compile) return Stage::compiling;
  if (stage < Stage::bringing_checker && outline.make_checker) return Stage::bringing_checker;
  if (stage < Stage::making_checker && outline.make_checker) return Stage::making_checker;
  return Stage::running;
}

CourseStep after_case(const Outline& outline, Course course, Event event) {
  const bool goes_on = event == Event::passed || !outline.stop_at_failure;
  const bool more = goes_on && course.test + 1 < outline.cases;
  return more ? settle(Stage::running, course.test + 1) : enter(Stage::collecting, course.test);
}

CourseStep after_run(const Outline& outline, Course course, Event event) {
  if (outline.cases == 0) return enter(Stage::collecting);
  if (event == Event::failed) return after_case(outline, course, event);
  return outline.judge ? settle(Stage::handing_over, course.test)
                       : enter(Stage::comparing, course.test);
}

CourseStep after(const Outline& outline, Course course, Event event) {
  const bool passed = event == Event::passed;
  switch (course.stage) {
    case Stage::putting:
    case Stage::bringing_checker:
      return passed ? enter(next_to_prepare(outline, course.stage)) : stay(course);
    case Stage::checking:
    case Stage::compiling:
    case Stage::making_checker:
      return passed ? settle(next_to_prepare(outline, course.stage)) : enter(Stage::collecting);
    case Stage::running: return after_run(outline, course, event);
    case Stage::handing_over: return passed ? enter(Stage::judging, course.test) : stay(course);
    case Stage::comparing:
    case Stage::judging: return after_case(outline, course, event);
    case Stage::settling: return passed ? enter(course.next, course.test) : stay(course);
    case Stage::collecting: return passed ? enter(Stage::over, course.test) : stay(course);
    case Stage::over: break;
  }
  return stay(course);
}

}  // namespace

CourseStep begin_course() { return enter(Stage::putting); }

CourseStep step(const Outline& outline, Course course, StageEvent event) {
  if (course.stage == Stage::over) return stay(course);
  if (event == Event::ruined) return enter(Stage::over, course.test);
  if (event == Event::stopped) return stay({Stage::over, course.test});
  return after(outline, course, event);
}

}  // namespace mayfly
