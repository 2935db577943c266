// SPDX-License-Identifier: Apache-2.0
#include "outcomes.h"

#include <algorithm>

#include "task/task_spec.h"

namespace mayfly {

void Outcomes::count_starved(const ProgramOutcome& outcome) {
  if (outcome.starved) result_.timing.starved += *outcome.starved;
}

void Outcomes::keep_before(ProgramKind kind, ProgramOutcome outcome) {
  count_starved(outcome);
  result_.before.push_back({kind, std::move(outcome)});
}

void Outcomes::note_run(const ProgramOutcome& outcome) {
  count_starved(outcome);
  if (outcome.ended) ended_ = outcome.ended;
  if (first_output_ == 0) first_output_ = outcome.first_output;
  result_.truncated = result_.truncated || outcome.truncated;
}

void Outcomes::keep_run(ProgramOutcome outcome) {
  note_run(outcome);
  result_.exit_code = outcome.exit_code;
  result_.signal = outcome.signal;
  result_.guest = outcome.usage;
  result_.program_cpu = outcome.cpu;
  result_.out = std::move(outcome.out);
  result_.err = std::move(outcome.err);
}

void Outcomes::keep_case(const std::string& id, ProgramOutcome outcome) {
  note_run(outcome);
  result_.cases.push_back({id, std::move(outcome)});
}

void Outcomes::judge_case(Ending ending, std::string message, std::optional<double> score) {
  CaseResult& last = result_.cases.back();
  last.outcome.ending = ending;
  last.outcome.message = std::move(message);
  last.score = score;
}

void Outcomes::settle_case() {
  ProgramOutcome& last = result_.cases.back().outcome;
  case_bytes_ += last.out.size() + last.err.size();
  if (case_bytes_ <= static_cast<std::size_t>(kMaxCaseBytes)) return;
  last.out.clear();
  last.err.clear();
  last.truncated = result_.truncated = true;
}

Ending Outcomes::all_right() const {
  const auto is_as_expected = [](const CaseResult& one) {
    return one.outcome.ending == Ending::expected_output;
  };
  const bool all = !result_.cases.empty() &&
                   std::all_of(result_.cases.begin(), result_.cases.end(), is_as_expected);
  return all ? Ending::expected_output : Ending::exited_zero;
}

}  // namespace mayfly
