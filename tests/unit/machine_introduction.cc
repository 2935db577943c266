// SPDX-License-Identifier: Apache-2.0
#include "../../src/machine/introduction.h"

#include <vector>

#include <doctest/doctest.h>

using namespace mayfly;
using Meaning = Introduction::Meaning;

namespace {

constexpr std::int64_t kResume = 1, kExercise = 2, kOther = 3;

struct Row {
  Reply reply;
  Meaning before_resume, after_resume, exercising;
};

// Every kind of reply, with each id that matters.
std::vector<Row> rows() {
  const Meaning lie = Meaning::lie;
  return {{{std::nullopt, ReadyReply{}}, Meaning::agent_waits, lie, lie},
          {{kResume, AckReply{}}, lie, Meaning::acknowledged, lie},
          {{kExercise, AckReply{}}, lie, lie, lie},
          {{kOther, AckReply{}}, lie, lie, lie},
          {{kResume, ErrorReply{}}, Meaning::broken, Meaning::broken, lie},
          {{kExercise, ErrorReply{}}, Meaning::broken, Meaning::broken, Meaning::exercised},
          {{kExercise, StreamReply{}}, lie, lie, Meaning::nothing},
          {{kOther, StreamReply{}}, lie, lie, lie},
          {{kExercise, ExitReply{}}, lie, lie, Meaning::exercised},
          {{kOther, ExitReply{}}, lie, lie, lie},
          {{kExercise, DataReply{}}, lie, lie, lie}};
}

}  // namespace

TEST_CASE("introduction: each reply at each time") {
  Introduction fresh, resumed, exercising;
  resumed.resume_sent(kResume);
  exercising.resume_sent(kResume);
  exercising.exercise_sent(kExercise);
  for (const Row& row : rows()) {
    CAPTURE(row.reply.body.index());
    CAPTURE(row.reply.id.value_or(0));
    CHECK(fresh.take_boot_reply(row.reply) == row.before_resume);
    CHECK(resumed.take_boot_reply(row.reply) == row.after_resume);
    CHECK(exercising.take_exercise_reply(row.reply) == row.exercising);
  }
}
