// SPDX-License-Identifier: Apache-2.0
#include "batch/halt.h"

#include <charconv>

namespace mayfly {
namespace {

Error bad_rule(std::string_view text) {
  return Error("--halt '" + std::string(text) +
               "' is not WHEN,WHAT=N or WHEN,WHAT=N% with WHEN soon or now, WHAT fail or infra");
}

bool parse_threshold(std::string_view text, HaltRule& rule) {
  rule.percent = text.ends_with('%');
  if (rule.percent) text.remove_suffix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rule.threshold);
  const std::int64_t most = rule.percent ? 100 : INT64_MAX;
  return error == std::errc() && end == text.data() + text.size() && rule.threshold >= 1 &&
         rule.threshold <= most;
}

}  // namespace

Result<HaltRule> parse_halt_rule(std::string_view text) {
  HaltRule rule;
  if (text == "never") return rule;
  const std::size_t comma = text.find(',');
  const std::size_t equals = text.find('=');
  if (comma == std::string_view::npos || equals == std::string_view::npos || equals < comma) {
    return bad_rule(text);
  }
  const std::string_view when = text.substr(0, comma);
  const std::string_view what = text.substr(comma + 1, equals - comma - 1);
  if ((when != "soon" && when != "now") || (what != "fail" && what != "infra") ||
      !parse_threshold(text.substr(equals + 1), rule)) {
    return bad_rule(text);
  }
  rule.when = when == "soon" ? HaltRule::When::soon : HaltRule::When::now;
  rule.what = what == "fail" ? HaltRule::What::fail : HaltRule::What::infra;
  return rule;
}

bool is_met(const HaltRule& rule, std::int64_t hits, std::int64_t results) {
  if (rule.when == HaltRule::When::never) return false;
  if (!rule.percent) return hits >= rule.threshold;
  return results >= kMinResultsForShare && hits * 100 >= rule.threshold * results;
}

}  // namespace mayfly
