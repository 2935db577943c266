// SPDX-License-Identifier: Apache-2.0
#include "output_comparison.h"

namespace mayfly {

void OutputComparison::start() {
  if (go_on()) slices_.emplace(ring_, [this] { return go_on(); });
}

bool OutputComparison::go_on() {
  if (search_.go_on()) return true;
  const auto difference = search_.difference();
  observer_.compared(difference);  // this may destroy us
  return false;
}

std::optional<ProgramOutcome> OutputComparison::stop() {
  slices_.reset();
  return std::nullopt;
}

}  // namespace mayfly
