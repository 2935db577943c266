// SPDX-License-Identifier: Apache-2.0
#include "runner/decision.h"

namespace mayfly {

// That all went well is no evidence against what the host saw later.
bool Decision::is_outweighed_by(Ending ending) const {
  const EndingRow& now = describe(*ending_);
  const EndingRow& then = describe(ending);
  if (then.verdict == Verdict::escape_detected) return now.verdict != Verdict::escape_detected;
  return then.evidence == Evidence::host &&
         (now.evidence == Evidence::guest || now.fault == Fault::none);
}

void Decision::set(Ending ending, TaskError error) {
  ending_ = ending;
  error_.reset();
  if (!error.message.empty()) error_ = std::move(error);
}

void Decision::decide(Ending ending, TaskError error) {
  if (made() && !is_outweighed_by(ending)) return;
  overturned_ = overturned_ || made();
  set(ending, std::move(error));
}

void Decision::decide_by_program(Ending ending, TaskError error) {
  const Fault fault = describe(ending).fault;
  if (fault == Fault::none || (made() && fault == Fault::task)) return;
  fault == Fault::config ? set(ending, std::move(error)) : decide(ending, std::move(error));
}

void Decision::write(TaskResult& result) const {
  if (!made()) return;
  result.ending = *ending_;
  result.error = error_;
  if (!overturned_) return;
  result.exit_code.reset();
  result.signal.reset();
}

}  // namespace mayfly
