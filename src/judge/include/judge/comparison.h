// SPDX-License-Identifier: Apache-2.0
//
// Judging a case without a checker: its output beside the one that was expected.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace mayfly {

// Which differences between two outputs count.
struct Comparison {
  enum class Mode {
    exact,   // every byte
    lines,   // none in blanks at the ends of lines and of the whole
    tokens,  // none in blanks, but that they separate
    floats,  // nor, where a number was expected, one within either tolerance
  };

  Mode mode = Mode::lines;
  bool case_sensitive = true;  // of tokens and floats, for the letters of ASCII
  double absolute = 0;         // of floats: |output - expected| <= absolute
  double relative = 0;         //            |output - expected| <= relative * |expected|
};

inline auto members(const Comparison& comparison) {
  const auto& [mode, case_sensitive, absolute, relative] = comparison;
  return std::tie(mode, case_sensitive, absolute, relative);
}

// Looks for the first difference of an output, in slices, in a time that is linear in both texts. But for `exact`, an
// encoding mark (U+FEFF in UTF-8 or UTF-16) at the very beginning of either does not count. A number is decimal, with or
// without an exponent, of 1,000 characters at most; any other word, such as "nan" or "0x1p3", is compared as it is written.
class DifferenceSearch {
 public:
  // The texts must outlive it.
  DifferenceSearch(const Comparison& comparison, std::string_view output, std::string_view expected);
  ~DifferenceSearch();

  // Does some milliseconds' work at most. True: there is more to do.
  bool go_on();

  // After the last: where it is, in words that quote the output only; absent: there is none.
  const std::optional<std::string>& difference() const { return difference_; }

  class Method;

 private:
  std::unique_ptr<Method> method_;
  std::optional<std::string> difference_;
};

// "exact", "lines", "tokens", "float".
std::string_view to_string(Comparison::Mode mode);
std::optional<Comparison::Mode> parse_comparison_mode(std::string_view name);

}  // namespace mayfly
