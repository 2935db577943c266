// SPDX-License-Identifier: Apache-2.0
#include "runner/course.h"

#include <string>
#include <vector>

#include "helpers.h"

namespace mayfly::test {
namespace {

std::string_view name(Stage stage) {
  constexpr std::string_view kNames[] = {"putting",        "checking",  "compiling",    "bringing_checker",
                                         "making_checker", "running",   "comparing",    "handing_over",
                                         "judging",        "settling",  "collecting",   "over"};
  return kNames[static_cast<std::size_t>(stage)];
}

std::string_view name(StageAction action) {
  constexpr std::string_view kNames[] = {"none", "put", "run", "compare", "settle", "get", "finish"};
  return kNames[static_cast<std::size_t>(action)];
}

std::string place(Course course) {
  const std::string stage(name(course.stage == Stage::settling ? course.next : course.stage));
  return (course.stage == Stage::settling ? ">" : "") + stage + " " + std::to_string(course.test);
}

// "running 2/run", ">running 2/settle" on the way there; "-": nothing happens.
std::string described(Course from, CourseStep step) {
  if (place(step.next) == place(from) && step.action == StageAction::none) return "-";
  return place(step.next) + "/" + std::string(name(step.action));
}

using Table = std::string_view[kStages][kStageEvents];

void check_table(const Outline& outline, std::size_t test, const Table& expected) {
  for (int s = 0; s < kStages; ++s) {
    for (int e = 0; e < kStageEvents; ++e) {
      const Course course{static_cast<Stage>(s), test, Stage::handing_over};
      CAPTURE(name(course.stage));
      CAPTURE(e);
      CHECK(described(course, step(outline, course, static_cast<StageEvent>(e))) == expected[s][e]);
    }
  }
}

// Rows: stages. Columns: passed, failed, ruined, stopped. Written by hand from the contract in course.h, not from its
// implementation. What is settled leads to handing_over. A check, a compiler, and three judged cases, of which the second is at hand.
constexpr Table kJudged = {
    /* putting */ {"checking 0/run", "-", "over 1/finish", "over 1/none"},
    /* checking */ {">compiling 0/settle", "collecting 0/get", "over 1/finish", "over 1/none"},
    /* compiling */ {">bringing_checker 0/settle", "collecting 0/get", "over 1/finish", "over 1/none"},
    /* bringing_checker */ {"making_checker 0/run", "-", "over 1/finish", "over 1/none"},
    /* making_checker */ {">running 0/settle", "collecting 0/get", "over 1/finish", "over 1/none"},
    /* running */ {">handing_over 1/settle", ">running 2/settle", "over 1/finish", "over 1/none"},
    /* comparing */ {">running 2/settle", ">running 2/settle", "over 1/finish", "over 1/none"},
    /* handing_over */ {"judging 1/run", "-", "over 1/finish", "over 1/none"},
    /* judging */ {">running 2/settle", ">running 2/settle", "over 1/finish", "over 1/none"},
    /* settling */ {"handing_over 1/put", "-", "over 1/finish", "over 1/none"},
    /* collecting */ {"over 1/finish", "-", "over 1/finish", "over 1/none"},
    /* over */ {"-", "-", "-", "-"},
};

TEST_CASE("every event in every stage of a task that has all of them") {
  check_table({true, true, true, true, 3, false}, 1, kJudged);
}

// One program.
constexpr Table kPlain = {
    /* putting */ {"running 0/run", "-", "over 0/finish", "over 0/none"},
    /* checking */ {">running 0/settle", "collecting 0/get", "over 0/finish", "over 0/none"},
    /* compiling */ {">running 0/settle", "collecting 0/get", "over 0/finish", "over 0/none"},
    /* bringing_checker */ {"running 0/run", "-", "over 0/finish", "over 0/none"},
    /* making_checker */ {">running 0/settle", "collecting 0/get", "over 0/finish", "over 0/none"},
    /* running */ {"collecting 0/get", "collecting 0/get", "over 0/finish", "over 0/none"},
    /* comparing */ {"collecting 0/get", "collecting 0/get", "over 0/finish", "over 0/none"},
    /* handing_over */ {"judging 0/run", "-", "over 0/finish", "over 0/none"},
    /* judging */ {"collecting 0/get", "collecting 0/get", "over 0/finish", "over 0/none"},
    /* settling */ {"handing_over 0/put", "-", "over 0/finish", "over 0/none"},
    /* collecting */ {"over 0/finish", "-", "over 0/finish", "over 0/none"},
    /* over */ {"-", "-", "-", "-"},
};

TEST_CASE("every event in every stage of a task that is one program") { check_table({}, 0, kPlain); }

// Two cases whose outputs are compared, up to the first that fails; the first is at hand.
constexpr Table kUpToFailure = {
    /* putting */ {"running 0/run", "-", "over 0/finish", "over 0/none"},
    /* checking */ {">running 0/settle", "collecting 0/get", "over 0/finish", "over 0/none"},
    /* compiling */ {">running 0/settle", "collecting 0/get", "over 0/finish", "over 0/none"},
    /* bringing_checker */ {"running 0/run", "-", "over 0/finish", "over 0/none"},
    /* making_checker */ {">running 0/settle", "collecting 0/get", "over 0/finish", "over 0/none"},
    /* running */ {"comparing 0/compare", "collecting 0/get", "over 0/finish", "over 0/none"},
    /* comparing */ {">running 1/settle", "collecting 0/get", "over 0/finish", "over 0/none"},
    /* handing_over */ {"judging 0/run", "-", "over 0/finish", "over 0/none"},
    /* judging */ {">running 1/settle", "collecting 0/get", "over 0/finish", "over 0/none"},
    /* settling */ {"handing_over 0/put", "-", "over 0/finish", "over 0/none"},
    /* collecting */ {"over 0/finish", "-", "over 0/finish", "over 0/none"},
    /* over */ {"-", "-", "-", "-"},
};

TEST_CASE("every event in every stage of a task that stops at its first failure") {
  check_table({.cases = 2, .stop_at_failure = true}, 0, kUpToFailure);
}

bool can_fail(Stage stage) {
  return stage == Stage::checking || stage == Stage::compiling || stage == Stage::making_checker ||
         stage == Stage::running || stage == Stage::comparing || stage == Stage::judging;
}

// The stages of a task in which everything goes well, but for what `failing` says.
std::vector<std::string> walked(const Outline& outline, Stage failing = Stage::over) {
  std::vector<std::string> stages;
  CourseStep at = begin_course();
  while (at.next.stage != Stage::over) {
    stages.push_back(place(at.next));
    REQUIRE(stages.size() < 100);
    at = step(outline, at.next, at.next.stage == failing ? StageEvent::failed : StageEvent::passed);
  }
  CHECK(at.action == StageAction::finish);
  return stages;
}

using Stages = std::vector<std::string>;

TEST_CASE("the course of each kind of task") {
  CHECK(walked({}) == Stages{"putting 0", "running 0", "collecting 0"});
  CHECK(walked({.check = true, .compile = true}) ==
        Stages{"putting 0", "checking 0", ">compiling 0", "compiling 0", ">running 0", "running 0",
               "collecting 0"});
  CHECK(walked({.compile = true, .cases = 2}) ==
        Stages{"putting 0", "compiling 0", ">running 0", "running 0", "comparing 0", ">running 1",
               "running 1", "comparing 1", "collecting 1"});
  CHECK(walked({.make_checker = true, .judge = true, .cases = 2}) ==
        Stages{"putting 0", "bringing_checker 0", "making_checker 0", ">running 0", "running 0",
               ">handing_over 0", "handing_over 0", "judging 0", ">running 1", "running 1",
               ">handing_over 1", "handing_over 1", "judging 1", "collecting 1"});
  CHECK(walked({.judge = true, .cases = 1}) ==
        Stages{"putting 0", "running 0", ">handing_over 0", "handing_over 0", "judging 0", "collecting 0"});
}

TEST_CASE("where one fails, artifacts still come out, and nothing is judged that failed") {
  CHECK(walked({.check = true, .compile = true}, Stage::checking) ==
        Stages{"putting 0", "checking 0", "collecting 0"});
  CHECK(walked({.compile = true, .cases = 2}, Stage::compiling) ==
        Stages{"putting 0", "compiling 0", "collecting 0"});
  CHECK(walked({.judge = true, .cases = 2}, Stage::running) ==
        Stages{"putting 0", "running 0", ">running 1", "running 1", "collecting 1"});
  CHECK(walked({.judge = true, .cases = 2, .stop_at_failure = true}, Stage::running) ==
        Stages{"putting 0", "running 0", "collecting 0"});
  CHECK(walked({.make_checker = true, .judge = true, .cases = 2}, Stage::making_checker) ==
        Stages{"putting 0", "bringing_checker 0", "making_checker 0", "collecting 0"});
}

TEST_CASE("whatever a task has, its course ends, and can be ended in each stage") {
  for (int bits = 0; bits < 32; ++bits) {
    for (std::size_t cases = 0; cases < 4; ++cases) {
      const Outline outline{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0, cases, (bits & 16) != 0};
      for (int s = 0; s < kStages; ++s) {
        if (can_fail(static_cast<Stage>(s))) walked(outline, static_cast<Stage>(s));
        CHECK(step(outline, {static_cast<Stage>(s)}, StageEvent::ruined).next.stage == Stage::over);
        CHECK(step(outline, {static_cast<Stage>(s)}, StageEvent::stopped).next.stage == Stage::over);
      }
    }
  }
}

}  // namespace
}  // namespace mayfly::test
