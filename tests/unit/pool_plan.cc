// SPDX-License-Identifier: Apache-2.0
#include "pool/plan.h"

#include <string>

#include "helpers.h"

namespace mayfly::test {
namespace {

// Every count up to `most` of each kind.
template <class Check>
void over_grid(int most, Check check) {
  for (int waiting = 0; waiting <= most; ++waiting) {
    for (int launching = 0; launching <= most; ++launching) {
      for (int ready = 0; ready <= most; ++ready) {
        for (int wanted = 0; wanted <= most; ++wanted) {
          const GroupCount count{waiting, launching, ready, wanted};
          CAPTURE(waiting);
          CAPTURE(launching);
          CAPTURE(ready);
          CAPTURE(wanted);
          check(count, plan(count));
        }
      }
    }
  }
}

TEST_CASE("a plan fits every count") {
  over_grid(5, [](const GroupCount& c, const GroupPlan& p) {
    const int have = c.launching + c.ready;
    // Nothing negative, and no more is let go than waits.
    CHECK(std::min({p.launch_now, p.launch_ahead, p.drop}) >= 0);
    CHECK(p.drop <= c.ready);
    // Whoever waits gets a machine, and nothing is launched where there is enough.
    CHECK(have + p.launch_now >= c.waiting);
    CHECK((p.launch_now == 0 || have + p.launch_now == c.waiting));
    CHECK((p.launch_ahead == 0 || have + p.launch_now + p.launch_ahead == c.waiting + c.wanted));
    // What is wanted is there afterwards, and is never let go.
    CHECK(have + p.launch_now + p.launch_ahead - p.drop >= c.waiting + c.wanted);
    // Nobody launches and lets go at once.
    CHECK((p.drop == 0 || p.launch_now + p.launch_ahead == 0));
    // What nobody will want goes, as far as it is ready.
    CHECK((have - p.drop == c.waiting + c.wanted || p.drop == c.ready || p.drop == 0));
  });
}

TEST_CASE("a plan that was carried out leaves nothing to do") {
  over_grid(5, [](const GroupCount& c, const GroupPlan& p) {
    const GroupCount then{c.waiting, c.launching + p.launch_now + p.launch_ahead, c.ready - p.drop, c.wanted};
    CHECK((plan(then) == GroupPlan{}));
  });
}

TEST_CASE("plans by example") {
  struct Case {
    GroupCount count;
    GroupPlan plan;
  };
  const Case kCases[] = {
      {{0, 0, 0, 0}, {0, 0, 0}},
      {{1, 0, 0, 0}, {1, 0, 0}},   // a pool of size 0
      {{1, 0, 0, 1}, {1, 1, 0}},   // the first task: its machine and the next one's
      {{1, 1, 0, 1}, {0, 1, 0}},
      {{0, 0, 2, 2}, {0, 0, 0}},
      {{0, 0, 2, 1}, {0, 0, 1}},
      {{1, 0, 2, 1}, {0, 0, 0}},   // one is about to be taken
      {{0, 3, 0, 0}, {0, 0, 0}},   // those on their way are let go when they have come
  };
  for (const Case& c : kCases) CHECK((plan(c.count) == c.plan));
}

TEST_CASE("demand remembers the last kinds, and no more") {
  Demand<std::string> demand(3);
  CHECK(demand.wanted("a") == 0);
  for (const char* kind : {"a", "b", "a"}) demand.note(kind);
  CHECK(demand.wanted("a") == 2);
  CHECK(demand.wanted("b") == 1);
  demand.note("c");
  CHECK(demand.wanted("a") == 1);
  CHECK(demand.wanted("b") == 1);
  CHECK(demand.wanted("c") == 1);
}

TEST_CASE("demand shrinks with the tasks that are left, and does not grow again") {
  Demand<int> demand(3);
  for (const int kind : {1, 2, 3}) demand.note(kind);
  demand.limit(10);
  CHECK(demand.wanted(1) == 1);
  demand.limit(1);
  CHECK(demand.wanted(2) == 0);
  CHECK(demand.wanted(3) == 1);
  demand.limit(3);
  demand.note(1);
  CHECK(demand.wanted(3) == 0);
  CHECK(demand.wanted(1) == 1);
  demand.limit(0);
  demand.note(1);
  CHECK(demand.wanted(1) == 0);
}

TEST_CASE("a kind can be forgotten, and a demand of size 0 wants nothing") {
  Demand<int> demand(3);
  for (const int kind : {1, 2, 1}) demand.note(kind);
  demand.forget(1);
  CHECK(demand.wanted(1) == 0);
  CHECK(demand.wanted(2) == 1);
  Demand<int> none(0);
  none.note(1);
  CHECK(none.wanted(1) == 0);
}

}  // namespace
}  // namespace mayfly::test
