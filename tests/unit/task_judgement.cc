// SPDX-License-Identifier: Apache-2.0
#include "task/judgement.h"

#include "helpers.h"

namespace mayfly::test {
namespace {

using Protocol = CheckerProtocol;

ProgramOutcome ended(int code, std::string err = "", std::string out = "") {
  ProgramOutcome outcome;
  outcome.ending = code == 0 ? Ending::exited_zero : Ending::exited_nonzero;
  outcome.exit_code = code;
  outcome.err = std::move(err);
  outcome.out = std::move(out);
  return outcome;
}

Ending judged(Protocol protocol, int code) { return judgement_of(protocol, ended(code)).ending; }

TEST_CASE("each status of a checker means what its protocol says, and no other means anything but its failure") {
  const auto expected = [](Protocol protocol, int code) {
    const bool right = protocol == Protocol::kattis ? code == 42 : code == 0;
    const bool wrong = protocol == Protocol::kattis ? code == 43 : code == 1 || code == 2 || (protocol == Protocol::testlib && (code == 4 || code == 8));
    return right ? Ending::exited_zero : wrong ? Ending::checker_rejected : Ending::checker_failed;
  };
  for (const Protocol protocol : {Protocol::plain, Protocol::testlib, Protocol::kattis}) {
    for (int code = 0; code < 256; ++code) {
      CAPTURE(code);
      CHECK(judged(protocol, code) == expected(protocol, code));
    }
  }
}

TEST_CASE("a checker that did not end by itself has not judged, whoever ended it") {
  for (const Protocol protocol : {Protocol::plain, Protocol::testlib, Protocol::kattis}) {
    for (const auto& [ending, then] : {std::pair{Ending::signalled, Ending::checker_failed}, {Ending::guest_timeout, Ending::checker_failed},
                                       {Ending::guest_out_of_memory, Ending::checker_failed}, {Ending::not_found, Ending::checker_failed},
                                       {Ending::host_timeout, Ending::checker_stopped}, {Ending::output_limit, Ending::checker_stopped},
                                       {Ending::agent_lied, Ending::agent_lied}, {Ending::disk_limit, Ending::disk_limit}}) {
      ProgramOutcome outcome = ended(protocol == Protocol::kattis ? 42 : 0);  // whatever it says beside
      outcome.ending = ending;
      outcome.message = "the checker met a limit";
      CHECK(judgement_of(protocol, outcome).ending == then);
      CHECK(contains(judgement_of(protocol, outcome).message, "the checker met a limit"));
    }
  }
}

TEST_CASE("testlib: points are the score of a case that is right") {
  for (const auto& [words, score] : {std::pair{"points 12.5 almost\n", 12.5}, {"points 0\n", 0}, {"points 100 ", 100}, {"points -3 minus", -3}, {"points 1e3\nx", 1000}}) {
    const Judgement j = judgement_of(Protocol::testlib, ended(7, words));
    CHECK(j.ending == Ending::exited_zero);
    CHECK(j.score == score);
    CHECK(contains(j.message, "the checker says: points"));
  }
}

TEST_CASE("testlib: points that are no number are a checker's failure") {
  for (const char* words : {"", "points", "points ", "points many", "points nan", "points inf", "points 1e999", "points 1e16", "points 1x", "points 0x10",
                            "wrong answer points 3", "\npoints 3", "points  3"}) {
    CAPTURE(words);
    const Judgement j = judgement_of(Protocol::testlib, ended(7, words));
    CHECK(j.ending == Ending::checker_failed);
    CHECK_FALSE(j.score.has_value());
  }
  CHECK_FALSE(judgement_of(Protocol::plain, ended(0, "points 3")).score.has_value());
  CHECK_FALSE(judgement_of(Protocol::testlib, ended(0, "points 3")).score.has_value());
}

TEST_CASE("testlib: partially correct is not right, whatever its status is counted from, and has a score") {
  for (const int base : {0, 16, 50}) {
    for (const int score : {0, 1, 7, 42, 100, 200}) {
      CAPTURE(base + score);
      const Judgement j = judgement_of(Protocol::testlib, ended(base + score, "partially correct (" + std::to_string(score) + ") half of it\n"));
      CHECK(j.ending == Ending::checker_rejected);
      CHECK(j.score == score);
    }
  }
  for (const char* words : {"partially correct (5", "partially correct ()", "partially correct (x) ", "wrong answer partially correct (5) "}) {
    CHECK(judgement_of(Protocol::testlib, ended(5, words)).ending == Ending::checker_failed);
  }
  CHECK(judgement_of(Protocol::testlib, ended(3, "partially correct (5) ")).ending == Ending::checker_failed);
}

TEST_CASE("kattis: the score and the message of its feedback") {
  const auto kattis = [](int code, std::string feedback, std::string err = "") { return judgement_of(Protocol::kattis, ended(code, std::move(err), std::move(feedback))); };
  const std::string nul(1, '\0');
  CHECK(kattis(42, " 12.5\n" + nul).score == 12.5);
  CHECK_FALSE(kattis(42, nul).score.has_value());
  CHECK(kattis(42, nul).message.empty());
  CHECK(kattis(42, "1" + nul + "well\n").message == "the checker says: well");
  CHECK(kattis(43, nul + "line 3\nis wrong\n").message == "the checker says: line 3\\x0ais wrong");
  CHECK(kattis(43, nul, "debug").message == "the checker says: debug");
  CHECK(kattis(43, nul).message == "the checker says: (nothing; it ended with status 43)");
  CHECK(kattis(139, nul).message == "the checker did not judge: (nothing; it ended with status 139)");
  CHECK_FALSE(kattis(43, "5" + nul).score.has_value());
  for (const char* bad : {"-1", "nan", "inf", "1e16", "one", "1 2", "1\x01"}) {
    CAPTURE(bad);
    CHECK(kattis(42, bad + nul).ending == Ending::checker_failed);
  }
  CHECK(kattis(1, nul + "assertion failed").message == "the checker did not judge: assertion failed");
  CHECK(kattis(42, "x" + nul, "debug").message == "the checker did not judge: its score.txt holds no score; debug");
}

TEST_CASE("what a checker is given, by its protocol") {
  TaskCase test;
  test.stdin_data = "in";
  test.expected_stdout = "answer";
  const auto names = [](const ProgramStep& step) {
    std::string all;
    for (const TaskFile& file : step.files) all += file.path + "=" + file.content.str() + (file.mode == kCheckerFileMode ? " " : "! ");
    return all;
  };
  for (const Protocol protocol : {Protocol::plain, Protocol::testlib}) {
    ProgramStep step;
    step.exec.bin = "./check";
    follow_protocol(protocol, step.exec);
    hand_over(protocol, test, "out", step);
    CHECK(step.exec.bin == "./check");
    CHECK(arguments_of(protocol) == std::vector<std::string>{"input", "output", "answer"});
    CHECK(names(step) == "input=in answer=answer output=out ");
    CHECK(step.stdin_data.empty());
  }
  ProgramStep step;
  step.exec.bin = "./check";
  step.exec.args = {"x"};
  follow_protocol(Protocol::kattis, step.exec);
  hand_over(Protocol::kattis, test, "out", step);
  CHECK(step.exec.bin == "/bin/sh");
  CHECK(step.exec.args.back() == "x");
  CHECK(step.exec.args.at(3) == "./check");
  CHECK(arguments_of(Protocol::kattis) == std::vector<std::string>{"input", "answer", "feedback/"});
  CHECK(names(step) == "input=in answer=answer ");
  CHECK(step.stdin_data == "out");
}

}  // namespace
}  // namespace mayfly::test
