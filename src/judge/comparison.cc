// SPDX-License-Identifier: Apache-2.0
#include "judge/comparison.h"

#include <algorithm>
#include <array>

#include "base/printable.h"
#include "word_comparison.h"

namespace mayfly {

// One mode's way through both texts.
class DifferenceSearch::Method {
 public:
  virtual ~Method() = default;
  // Compares the next piece: false behind the last, and where `difference` has been set.
  virtual bool next(std::optional<std::string>& difference) = 0;
  // Bytes of both texts so far.
  virtual std::size_t done() const = 0;
};

namespace {

using Mode = Comparison::Mode;
using Method = DifferenceSearch::Method;

// In the order of enum Mode.
constexpr std::array<std::string_view, 4> kModes = {"exact", "lines", "tokens", "float"};

constexpr std::array<std::string_view, 3> kEncodingMarks = {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"};

constexpr std::size_t kSlice = 128 << 10;
constexpr std::size_t kMostQuoted = 40;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_space(char c) { return is_blank(c) || c == '\v' || c == '\f'; }

std::string quoted(std::string_view text) {
  const bool cut = text.size() > kMostQuoted;
  return "'" + printable(text.substr(0, kMostQuoted)) + (cut ? "…'" : "'");
}

std::string ends_after(std::size_t count, const std::string& unit) {
  return "it ends after " + std::to_string(count) + " " + unit + (count == 1 ? "" : "s");
}

std::string one_too_many(bool is_more) { return is_more ? ", is one too many" : ""; }

std::string_view without_encoding_mark(std::string_view text) {
  for (const std::string_view mark : kEncodingMarks) {
    if (text.starts_with(mark)) return text.substr(mark.size());
  }
  return text;
}

std::string_view without_trailing_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

class ByBytes : public Method {
 public:
  ByBytes(std::string_view output, std::string_view expected) : output_(output), expected_(expected) {}

  bool next(std::optional<std::string>& difference) override {
    const std::string_view piece = output_.substr(at_, kSlice);
    const std::string_view wanted = expected_.substr(at_, kSlice);
    if (piece != wanted) {
      difference = differing(piece, wanted);
    } else {
      line_ += static_cast<std::size_t>(std::count(piece.begin(), piece.end(), '\n'));
      at_ += piece.size();
    }
    return !piece.empty() && !difference;
  }
  std::size_t done() const override { return 2 * at_; }

 private:
  std::string differing(std::string_view piece, std::string_view wanted) const {
    const auto end = std::mismatch(piece.begin(), piece.end(), wanted.begin(), wanted.end()).first;
    const auto length = static_cast<std::size_t>(end - piece.begin());
    if (end == piece.end()) return ends_after(at_ + length, "byte");
    const auto line = line_ + static_cast<std::size_t>(std::count(piece.begin(), end, '\n'));
    return "byte " + std::to_string(at_ + length + 1) + " (line " + std::to_string(line) + "), at " + quoted(first_line(piece.substr(length)));
  }

  std::string_view output_;
  std::string_view expected_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

class ByLines : public Method {
 public:
  ByLines(std::string_view output, std::string_view expected)
      : output_(without_trailing_blanks(output)), expected_(without_trailing_blanks(expected)) {}

  bool next(std::optional<std::string>& difference) override {
    if (output_.empty() && expected_.empty()) return false;
    if (output_.empty()) {
      difference = ends_after(number_, "line");
      return false;
    }
    ++number_;
    const bool is_more = expected_.empty();
    const std::string_view line = take_line(output_);
    if (!is_more && line == take_line(expected_)) return true;
    difference = "line " + std::to_string(number_) + ", " + quoted(line) + one_too_many(is_more);
    return false;
  }
  std::size_t done() const override { return done_; }

 private:
  std::string_view take_line(std::string_view& text) {
    const std::string_view line = first_line(text);
    const std::size_t taken = std::min(line.size() + 1, text.size());
    text.remove_prefix(taken);
    done_ += taken;
    return without_trailing_blanks(line);
  }

  std::string_view output_;
  std::string_view expected_;
  std::size_t number_ = 0;  // of the last line
  std::size_t done_ = 0;
};

// The words of a text, one after the other.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  // Empty: there is none left.
  std::string_view next() {
    while (at_ < text_.size() && is_space(text_[at_])) line_ += text_[at_++] == '\n' ? 1u : 0u;
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_space(text_[at_])) ++at_;
    if (begin < at_) ++number_;
    return text_.substr(begin, at_ - begin);
  }

  std::size_t number() const { return number_; }  // of the last, from 1
  std::size_t line() const { return line_; }      // that it is in, from 1
  std::size_t done() const { return at_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t number_ = 0;
  std::size_t line_ = 1;
};

class ByWords : public Method {
 public:
  ByWords(const Comparison& comparison, std::string_view output, std::string_view expected)
      : comparison_(comparison), output_(output), expected_(expected) {}

  bool next(std::optional<std::string>& difference) override {
    const std::string_view word = output_.next();
    const std::string_view wanted = expected_.next();
    if (word.empty()) {
      if (!wanted.empty()) difference = ends_after(output_.number(), "word");
      return false;
    }
    if (!wanted.empty() && is_same_word(comparison_, word, wanted)) return true;
    difference = "word " + std::to_string(output_.number()) + " (line " + std::to_string(output_.line()) + "), " + quoted(word) + one_too_many(wanted.empty());
    return false;
  }
  std::size_t done() const override { return output_.done() + expected_.done(); }

 private:
  Comparison comparison_;
  Words output_;
  Words expected_;
};

std::unique_ptr<Method> method_of(const Comparison& comparison, std::string_view output, std::string_view expected) {
  if (comparison.mode == Mode::exact) return std::make_unique<ByBytes>(output, expected);
  output = without_encoding_mark(output);
  expected = without_encoding_mark(expected);
  if (comparison.mode == Mode::lines) return std::make_unique<ByLines>(output, expected);
  return std::make_unique<ByWords>(comparison, output, expected);
}

}  // namespace

DifferenceSearch::DifferenceSearch(const Comparison& comparison, std::string_view output, std::string_view expected)
    : method_(method_of(comparison, output, expected)) {}

DifferenceSearch::~DifferenceSearch() = default;

bool DifferenceSearch::go_on() {
  const std::size_t end = method_->done() + kSlice;
  while (method_->done() < end) {
    if (!method_->next(difference_)) return false;
  }
  return true;
}

std::string_view to_string(Mode mode) { return kModes[static_cast<std::size_t>(mode)]; }

std::optional<Mode> parse_comparison_mode(std::string_view name) {
  const auto found = std::find(kModes.begin(), kModes.end(), name);
  if (found == kModes.end()) return std::nullopt;
  return static_cast<Mode>(found - kModes.begin());
}

}  // namespace mayfly
