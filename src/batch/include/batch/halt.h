// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace mayfly {

// When a batch gives up: "soon,fail=10%" lets running tasks end, "now,fail=3" cancels them.
// `fail` counts every verdict but ok; `infra` counts infrastructure failures only.
struct HaltRule {
  enum class When { never, soon, now };
  enum class What { fail, infra };

  bool on_escape = false;  // the first escape_detected meets it at once, whatever the rest says
  When when = When::never;
  What what = What::fail;
  std::int64_t threshold = 0;
  bool percent = false;
};

// A share is judged from this many results on: the first failure is not "100 %".
inline constexpr std::int64_t kMinResultsForShare = 10;

Result<HaltRule> parse_halt_rule(std::string_view text);

// True if `hits` of `results` reach the rule's threshold.
bool is_met(const HaltRule& rule, std::int64_t hits, std::int64_t results);

}  // namespace mayfly
