// SPDX-License-Identifier: Apache-2.0
#include "pool/plan.h"

namespace mayfly {

GroupPlan plan(const GroupCount& count) {
  GroupPlan plan;
  plan.launch_now = std::max(0, count.waiting - count.launching - count.ready);
  const int to_spare = count.ready + count.launching - count.waiting;  // when all who wait are served
  plan.launch_ahead = std::max(0, count.wanted - std::max(to_spare, 0));
  plan.drop = std::clamp(to_spare - count.wanted, 0, count.ready);
  return plan;
}

}  // namespace mayfly
