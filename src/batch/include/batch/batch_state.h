// SPDX-License-Identifier: Apache-2.0
//
// The life of a batch as a pure table.
#pragma once

namespace mayfly {

enum class BatchState {
  admitting,  // reading tasks and starting them
  finishing,  // the input is at its end; the last tasks run
  draining,   // stopped early: nothing new starts, what runs may end
  killing,    // stopped at once: what runs is cancelled
  finished,
};

enum class BatchEvent {
  input_ended,    // every line has been taken
  halt_soon,      // a --halt soon condition
  halt_now,       // a --halt now condition
  interrupted,    // SIGINT or SIGTERM
  output_closed,  // nobody reads the results any more
  idle,           // no task runs
};

enum class BatchAction { none, cancel_running, finish };

struct BatchStep {
  BatchState next;
  BatchAction action;
};

inline constexpr int kBatchStates = 5;
inline constexpr int kBatchEvents = 6;

// The first interruption drains, the second kills. `idle` ends every state but admitting.
BatchStep step(BatchState state, BatchEvent event);

}  // namespace mayfly
