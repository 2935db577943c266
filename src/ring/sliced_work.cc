// SPDX-License-Identifier: Apache-2.0
#include "ring/sliced_work.h"

namespace mayfly {

struct SlicedWork::State {
  std::function<bool()> slice;
  bool ended = false;
};

SlicedWork::SlicedWork(Ring& ring, std::function<bool()> slice)
    : state_(std::make_shared<State>(State{std::move(slice)})) {
  run_later(ring, state_);
}

SlicedWork::~SlicedWork() { state_->ended = true; }

void SlicedWork::run_later(Ring& ring, const std::shared_ptr<State>& state) {
  ring.defer([&ring, state] {
    if (!state->ended && state->slice() && !state->ended) run_later(ring, state);
  });
}

}  // namespace mayfly
