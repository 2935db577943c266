// SPDX-License-Identifier: Apache-2.0
#include "judge/checker.h"

#include "helpers.h"

namespace mayfly::test {
namespace {

using Protocol = CheckerProtocol;

using Word = Judgement::Word;

// The texts must outlive it.
CheckerEnd ended(int code, std::string_view err = "", std::string_view out = "") { return {true, code, {}, out, err, {}}; }

TEST_CASE("each status of a checker means what its protocol says, and no other means anything but its failure") {
  const auto expected = [](Protocol protocol, int code) {
    const bool right = protocol == Protocol::kattis ? code == 42 : code == 0;
    const bool wrong = protocol == Protocol::kattis ? code == 43 : code == 1 || code == 2 || (protocol == Protocol::testlib && (code == 4 || code == 8));
    return right ? Word::right : wrong ? Word::wrong : Word::none;
  };
  for (const Protocol protocol : {Protocol::plain, Protocol::testlib, Protocol::kattis}) {
    for (int code = 0; code < 256; ++code) {
      CAPTURE(code);
      CHECK(judge(protocol, ended(code)).word == expected(protocol, code));
    }
  }
}

TEST_CASE("a checker that did not end by itself has not judged, whatever it says") {
  for (const Protocol protocol : {Protocol::plain, Protocol::testlib, Protocol::kattis}) {
    CheckerEnd stopped = ended(protocol == Protocol::kattis ? 42 : 0);
    stopped.by_itself = false;
    stopped.reason = "the checker met a limit";
    CHECK(judge(protocol, stopped).word == Word::none);
    CHECK(judge(protocol, stopped).message == "the checker did not judge: the checker met a limit");
    CHECK(judge(protocol, {true, {}, 11}).message == "the checker did not judge: (nothing; it ended by signal 11)");
  }
}

TEST_CASE("testlib: points are the score of a case that is right") {
  for (const auto& [words, score] : {std::pair{"points 12.5 almost\n", 12.5}, {"points 0\n", 0}, {"points 100 ", 100}, {"points -3 minus", -3}, {"points 1e3\nx", 1000}}) {
    const Judgement j = judge(Protocol::testlib, ended(7, words));
    CHECK(j.word == Word::right);
    CHECK(j.score == score);
    CHECK(contains(j.message, "the checker says: points"));
  }
}

TEST_CASE("testlib: points that are no number are a checker's failure") {
  for (const char* words : {"", "points", "points ", "points many", "points nan", "points inf", "points 1e999", "points 1e16", "points 1x", "points 0x10",
                            "wrong answer points 3", "\npoints 3", "points  3"}) {
    CAPTURE(words);
    const Judgement j = judge(Protocol::testlib, ended(7, words));
    CHECK(j.word == Word::none);
    CHECK_FALSE(j.score.has_value());
  }
  CHECK_FALSE(judge(Protocol::plain, ended(0, "points 3")).score.has_value());
  CHECK_FALSE(judge(Protocol::testlib, ended(0, "points 3")).score.has_value());
}

TEST_CASE("testlib: partially correct is not right, whatever its status is counted from, and has a score") {
  for (const int base : {0, 16, 50}) {
    for (const int score : {0, 1, 7, 42, 100, 200}) {
      CAPTURE(base + score);
      const Judgement j = judge(Protocol::testlib, ended(base + score, "partially correct (" + std::to_string(score) + ") half of it\n"));
      CHECK(j.word == Word::wrong);
      CHECK(j.score == score);
    }
  }
  for (const char* words : {"partially correct (5", "partially correct ()", "partially correct (x) ", "wrong answer partially correct (5) "}) {
    CHECK(judge(Protocol::testlib, ended(5, words)).word == Word::none);
  }
  CHECK(judge(Protocol::testlib, ended(3, "partially correct (5) ")).word == Word::none);
}

TEST_CASE("kattis: the score and the message of its feedback") {
  const auto kattis = [](int code, std::string feedback, std::string err = "") { return judge(Protocol::kattis, ended(code, std::move(err), std::move(feedback))); };
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
    CHECK(kattis(42, bad + nul).word == Word::none);
  }
  CHECK(kattis(1, nul + "assertion failed").message == "the checker did not judge: assertion failed");
  CHECK(kattis(42, "x" + nul, "debug").message == "the checker did not judge: its score.txt holds no score; debug");
}

TEST_CASE("how a checker is called, by its protocol") {
  for (const Protocol protocol : {Protocol::plain, Protocol::testlib}) {
    CHECK(command_for(protocol, {"./check", "x"}) == std::vector<std::string>{"./check", "x"});
    CHECK(arguments_of(protocol) == std::vector<std::string>{"input", "output", "answer"});
    CHECK_FALSE(reads_output_from_stdin(protocol));
  }
  const auto command = command_for(Protocol::kattis, {"./check", "x"});
  CHECK(command.front() == "/bin/sh");
  CHECK(std::vector<std::string>(command.end() - 2, command.end()) == std::vector<std::string>{"./check", "x"});
  CHECK(arguments_of(Protocol::kattis) == std::vector<std::string>{"input", "answer", "feedback/"});
  CHECK(reads_output_from_stdin(Protocol::kattis));
}

TEST_CASE("each protocol has its name, and no other name is one") {
  CHECK(parse_checker_protocol("plain") == Protocol::plain);
  CHECK(parse_checker_protocol("testlib") == Protocol::testlib);
  CHECK(parse_checker_protocol("kattis") == Protocol::kattis);
  CHECK_FALSE(parse_checker_protocol("Plain").has_value());
}

}  // namespace
}  // namespace mayfly::test
