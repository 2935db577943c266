// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "activity.h"
#include "judge/comparison.h"
#include "ring/ring.h"
#include "ring/sliced_work.h"

namespace mayfly {

// An output beside the one that was expected, compared in slices of the loop. Most are so short
// that it is done at once.
class OutputComparison : public Activity {
 public:
  class Observer {
   public:
    virtual ~Observer() = default;
    // Absent: there is none.
    virtual void compared(const std::optional<std::string>& difference) = 0;
  };

  // The texts and `observer` must outlive it.
  OutputComparison(Ring& ring, const Comparison& comparison, std::string_view output,
                   std::string_view expected, Observer& observer)
      : ring_(ring), search_(comparison, output, expected), observer_(observer) {}

  void start() override;
  void take_reply(const Reply&) override {}  // the agent was asked for nothing
  std::optional<ProgramOutcome> stop() override;

 private:
  bool go_on();

  Ring& ring_;
  DifferenceSearch search_;
  Observer& observer_;
  std::optional<SlicedWork> slices_;
};

}  // namespace mayfly
