// SPDX-License-Identifier: Apache-2.0
#include "judge/checker.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/printable.h"

namespace mayfly {
namespace {

using Word = Judgement::Word;

// In the order of enum CheckerProtocol.
constexpr std::array<std::string_view, 3> kProtocols = {"plain", "testlib", "kattis"};

// Of what a checker says, in a message.
constexpr std::size_t kMostWords = 500;

// So that sums of them are numbers, too.
constexpr double kLargestScore = 1e15;

// The feedback is gone with the checker's own directory, so it is told on stdout: the score, NUL,
// and the message.
constexpr const char* kWithFeedback = R"(mkdir -p feedback
"$@" >&2
end=$?
if [ -e feedback/nextpass.in ]; then echo 'nextpass.in: a case has one pass only' >&2; exit 1; fi
head -c 100 feedback/score.txt 2>/dev/null
printf '\0'
head -c 2000 feedback/judgemessage.txt 2>/dev/null
exit $end)";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

// Up to the first space.
std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find_first_of(" \t\r\n"));
}

std::optional<double> score_of(std::string_view word) {
  double score = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), score);
  const bool whole = error == std::errc() && end == word.data() + word.size();
  return whole && std::fabs(score) <= kLargestScore ? std::optional(score) : std::nullopt;
}

// Empty: it said nothing.
std::string words_of(const CheckerEnd& checker) {
  const std::string_view words = trimmed(checker.err);
  return printable((words.empty() ? trimmed(checker.out) : words).substr(0, kMostWords));
}

std::string or_how_it_ended(const std::string& words, const CheckerEnd& checker) {
  if (!words.empty()) return words;
  return checker.signal ? "(nothing; it ended by signal " + std::to_string(*checker.signal) + ")"
                        : "(nothing; it ended with status " +
                              std::to_string(checker.exit_code.value_or(0)) + ")";
}

Judgement right(std::string message = "", std::optional<double> score = {}) {
  return {Word::right, std::move(message), score};
}

Judgement wrong(const CheckerEnd& checker, const std::string& words,
                std::optional<double> score = {}) {
  return {Word::wrong, "the checker says: " + or_how_it_ended(words, checker), score};
}

// A limit that ended it is told before what it had to say.
Judgement failed(const CheckerEnd& checker, const std::string& words,
                 std::string_view reason = "") {
  const std::string why(reason.empty() ? checker.reason : reason);
  const std::string both = why.empty() || words.empty() ? why + words : why + "; " + words;
  return {Word::none, "the checker did not judge: " + or_how_it_ended(both, checker)};
}

Judgement plain(const CheckerEnd& checker, int code) {
  if (code == 0) return right();
  return code == 1 || code == 2 ? wrong(checker, words_of(checker))
                                : failed(checker, words_of(checker));
}

// "partially correct (N) …", which no other answer of testlib's begins with. What it adds to N for
// the status depends on how it was compiled, and may be nothing: then the status alone could be any
// other answer.
std::optional<int> partial_score(std::string_view words, int code) {
  constexpr std::string_view kBegin = "partially correct (";
  if (!words.starts_with(kBegin)) return std::nullopt;
  words.remove_prefix(kBegin.size());
  int score = 0;
  const auto [end, error] = std::from_chars(words.data(), words.data() + words.size(), score);
  const bool whole = error == std::errc() && end != words.data() + words.size() && *end == ')';
  const int base = code - (score & 0xff);
  return whole && (base == 0 || base == 16 || base == 50) ? std::optional(score) : std::nullopt;
}

// "points N …"
std::optional<double> points(std::string_view words) {
  constexpr std::string_view kBegin = "points ";
  return words.starts_with(kBegin) ? score_of(first_word(words.substr(kBegin.size())))
                                   : std::nullopt;
}

Judgement testlib(const CheckerEnd& checker, int code) {
  const std::string words = words_of(checker);
  if (const auto score = partial_score(checker.err, code)) return wrong(checker, words, *score);
  switch (code) {
    case 0: return right();
    case 1:                                // wrong answer
    case 2:                                // wrong format
    case 4:                                // more than there should be
    case 8: return wrong(checker, words);  // less
    case 7:
      if (const auto score = points(checker.err))
        return right("the checker says: " + words, *score);
      return failed(checker, words, "it gives points, and does not say how many");
    default: return failed(checker, words);
  }
}

// What the shell around a validator has told of its feedback.
struct Feedback {
  std::string_view score;
  std::string_view message;
};

Feedback feedback_of(std::string_view out) {
  const std::size_t end = std::min(out.find('\0'), out.size());
  return {trimmed(out.substr(0, end)), trimmed(out.substr(std::min(end + 1, out.size())))};
}

Judgement kattis(const CheckerEnd& checker, int code) {
  const Feedback feedback = feedback_of(checker.out);
  const std::string message = printable(feedback.message.substr(0, kMostWords));
  const std::string words =
      message.empty() ? printable(trimmed(checker.err).substr(0, kMostWords)) : message;
  if (code == 43) return wrong(checker, words);
  if (code != 42) return failed(checker, words);
  const auto score = score_of(feedback.score);
  if (!feedback.score.empty() && (!score || *score < 0))
    return failed(checker, words, "its score.txt holds no score");
  return right(message.empty() ? "" : "the checker says: " + message, score);
}

}  // namespace

std::optional<CheckerProtocol> parse_checker_protocol(std::string_view name) {
  const auto found = std::find(kProtocols.begin(), kProtocols.end(), name);
  if (found == kProtocols.end()) return std::nullopt;
  return static_cast<CheckerProtocol>(found - kProtocols.begin());
}

Judgement judge(CheckerProtocol protocol, const CheckerEnd& checker) {
  if (!checker.by_itself || !checker.exit_code) return failed(checker, words_of(checker));
  switch (protocol) {
    case CheckerProtocol::testlib: return testlib(checker, *checker.exit_code);
    case CheckerProtocol::kattis: return kattis(checker, *checker.exit_code);
    case CheckerProtocol::plain: break;
  }
  return plain(checker, *checker.exit_code);
}

std::vector<std::string> arguments_of(CheckerProtocol protocol) {
  if (protocol == CheckerProtocol::kattis) return {"input", "answer", "feedback/"};
  return {"input", "output", "answer"};
}

std::vector<std::string> command_for(CheckerProtocol protocol, std::vector<std::string> argv) {
  if (protocol != CheckerProtocol::kattis) return argv;
  std::vector<std::string> command{"/bin/sh", "-c", kWithFeedback, "checker"};
  std::move(argv.begin(), argv.end(), std::back_inserter(command));
  return command;
}

bool reads_output_from_stdin(CheckerProtocol protocol) {
  return protocol == CheckerProtocol::kattis;
}

}  // namespace mayfly
