// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "batch/halt.h"
#include "task/ending.h"

namespace mayfly {

// Exit statuses of `mayfly batch`, strongest first where several apply: interrupted (128 +
// signal), host unusable, condition met, infrastructure failures, all well.
inline constexpr int kExitOk = 0;
inline constexpr int kExitCondition = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitInfra = 3;
inline constexpr int kExitHostUnusable = 69;

// Counts results and says what follows from them.
class Summary {
 public:
  Summary(HaltRule halt, std::vector<Verdict> fail_on) : halt_(halt), fail_on_(std::move(fail_on)) {}

  void add(Verdict verdict, Fault fault);
  void interrupted(int signal) { signal_ = signal; }

  // True from the result on that meets the --halt rule.
  bool halt_met() const { return halt_met_; }
  const HaltRule& halt() const { return halt_; }

  std::int64_t results() const { return results_; }
  int exit_status() const;

  // "31 results: 28 ok, 2 timeout, 1 infra_error".
  std::string text() const;

 private:
  HaltRule halt_;
  std::vector<Verdict> fail_on_;
  std::array<std::int64_t, static_cast<std::size_t>(Verdict::cancelled) + 1> counts_{};
  std::int64_t results_ = 0;
  std::int64_t infra_ = 0;
  bool halt_met_ = false;
  bool fail_on_met_ = false;
  int signal_ = 0;
};

}  // namespace mayfly
