// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "ring/ring.h"

namespace mayfly {

// Work that takes longer than the loop may stand still, done in slices: one in each turn of
// the loop, so that completions are dispatched in between. A slice should take about a
// millisecond. The destructor ends it; it may be destroyed by a slice.
class SlicedWork {
 public:
  // `slice` does a part of the work and returns true while there is more to do. The first one
  // runs in the loop's next turn.
  SlicedWork(Ring& ring, std::function<bool()> slice);
  ~SlicedWork();
  SlicedWork(const SlicedWork&) = delete;
  SlicedWork& operator=(const SlicedWork&) = delete;

 private:
  struct State;
  static void run_later(Ring& ring, const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
};

}  // namespace mayfly
