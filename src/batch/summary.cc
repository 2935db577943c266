// SPDX-License-Identifier: Apache-2.0
#include "batch/summary.h"

#include <algorithm>

namespace mayfly {

void Summary::add(Verdict verdict, Fault fault) {
  ++results_;
  ++counts_[static_cast<std::size_t>(verdict)];
  if (fault == Fault::infra) ++infra_;
  fail_on_met_ |= std::find(fail_on_.begin(), fail_on_.end(), verdict) != fail_on_.end();
  const std::int64_t failed = results_ - counts_[static_cast<std::size_t>(Verdict::ok)];
  if (halt_.on_escape && verdict == Verdict::escape_detected) {
    halt_.when = HaltRule::When::now;
    halt_met_ = true;
  }
  halt_met_ |= is_met(halt_, halt_.what == HaltRule::What::fail ? failed : infra_, results_);
}

int Summary::exit_status() const {
  if (signal_) return 128 + signal_;
  if (halt_met_ || fail_on_met_) return kExitCondition;
  return infra_ > 0 ? kExitInfra : kExitOk;
}

std::string Summary::text() const {
  std::string out = std::to_string(results_) + (results_ == 1 ? " result" : " results");
  const char* separator = ": ";
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    out += separator + std::to_string(counts_[i]) + " " +
           std::string(to_string(static_cast<Verdict>(i)));
    separator = ", ";
  }
  return out;
}

}  // namespace mayfly
