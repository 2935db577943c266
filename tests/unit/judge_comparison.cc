// SPDX-License-Identifier: Apache-2.0
#include "judge/comparison.h"

#include <doctest/doctest.h>

namespace mayfly {
namespace {

using Mode = Comparison::Mode;

std::optional<std::string> find_difference(const Comparison& comparison, std::string_view output, std::string_view expected) {
  DifferenceSearch search(comparison, output, expected);
  while (search.go_on()) {}
  return search.difference();
}

bool is_same(const Comparison& comparison, std::string_view output, std::string_view expected) {
  return !find_difference(comparison, output, expected);
}

bool is_same(Mode mode, std::string_view output, std::string_view expected) { return is_same(Comparison{mode}, output, expected); }

TEST_CASE("lines: blanks at the ends of lines and of the whole do not make an output another") {
  for (const char* same : {"1 2\n3\n", "1 2\n3", "1 2  \n3\n\n\n", "1 2\r\n3\r\n"}) CHECK(is_same(Mode::lines, same, "1 2\n3\n"));
  for (const char* other : {"", "1 2", "1 2\n3\n4", "1  2\n3", "\n1 2\n3", "12\n3", "1 2 3"}) CHECK_FALSE(is_same(Mode::lines, other, "1 2\n3\n"));
  CHECK(is_same(Mode::lines, "\n \n", ""));
}

TEST_CASE("exact: every byte counts") {
  CHECK(is_same(Mode::exact, "1\n", "1\n"));
  CHECK(is_same(Mode::exact, "", ""));
  for (const char* other : {"1", "1\n\n", "1 \n", "1\r\n", "2\n", "\xef\xbb\xbf" "1\n", ""}) CHECK_FALSE(is_same(Mode::exact, other, "1\n"));
}

TEST_CASE("tokens: only the words count, and their letters' case if it is not said otherwise") {
  for (const char* same : {"a B\nc", "\n\n a\tB c \v\f\r\n", "a\nB\nc\n"}) CHECK(is_same(Mode::tokens, same, "a B c"));
  for (const char* other : {"", "a B", "a B c d", "aB c", "a b c", "a B\xc2\xa0" "c"}) CHECK_FALSE(is_same(Mode::tokens, other, "a B c"));
  CHECK(is_same(Mode::tokens, " \n", ""));
  CHECK_FALSE(is_same(Mode::tokens, "1.0", "1"));
  Comparison any_case{Mode::tokens};
  any_case.case_sensitive = false;
  CHECK(is_same(any_case, "yes NO", "YES no"));
  CHECK_FALSE(is_same(any_case, "\xc3\xa4", "\xc3\x84"));  // ä and Ä: letters of ASCII only
  CHECK_FALSE(is_same(any_case, "[", "{"));
}

TEST_CASE("an encoding mark at the very beginning of either output does not count, anywhere else it does") {
  for (const Mode mode : {Mode::lines, Mode::tokens, Mode::floats}) {
    for (const std::string mark : {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"}) {
      CHECK(is_same(mode, mark + "1 2\n", "1 2\n"));
      CHECK(is_same(mode, "1 2\n", mark + "1 2\n"));
      CHECK(is_same(mode, mark, ""));
      CHECK_FALSE(is_same(mode, mark + mark + "1 2\n", "1 2\n"));
      CHECK_FALSE(is_same(mode, "1 " + mark + "2\n", "1 2\n"));
      CHECK_FALSE(is_same(mode, "\n" + mark + "1 2\n", "1 2\n"));
    }
  }
}

bool is_near(std::string_view output, std::string_view expected, double absolute, double relative = 0) {
  return is_same(Comparison{Mode::floats, true, absolute, relative}, output, expected);
}

TEST_CASE("float: a number may be off by either tolerance, however it is written") {
  for (const char* same : {"100000", "1e5", "+1E+05", "100000.", "1000000e-1", "099999.95", "100000.05", "0.1e6"}) CHECK(is_near(same, "1e5", 0.1));
  for (const char* other : {"100000.2", "99999.8", "-100000", "1e6", "1 e5", "100000x", "100000.0.0"}) CHECK_FALSE(is_near(other, "1e5", 0.1));
  CHECK(is_near("1.1", "1", 0.1));  // on the edge
  CHECK(is_near("0", "-0.0", 0));
  CHECK(is_near("101", "100", 0, 0.01));
  CHECK_FALSE(is_near("101.01", "100", 0, 0.01));
  CHECK(is_near("101", "100", 5, 1e-9));      // one of the two is enough
  CHECK(is_near("1e-9 101", "0 100", 1e-6, 0.01));
  CHECK_FALSE(is_near("1e-5", "0", 1e-6, 0.01));
  CHECK(is_near("x 1 YES", "x 1.0 YES", 0));  // words stay words
  CHECK_FALSE(is_near("1 yes", "1 YES", 0.1));
  CHECK_FALSE(is_near("1 2", "1", 9));
  CHECK_FALSE(is_near("1", "1 2", 9));
}

TEST_CASE("float: what is no decimal number is compared as it is written") {
  for (const char* odd : {"nan", "NaN", "inf", "-Infinity", "0x10", "0x1p3", "1e", "e5", ".", "+", "1_000", "1,5", "--1", "1f"}) {
    CAPTURE(odd);
    CHECK(is_near(odd, odd, 0));
    CHECK_FALSE(is_near(odd, "16", 1e12, 1e12));
    CHECK_FALSE(is_near("16", odd, 1e12, 1e12));
  }
  CHECK_FALSE(is_near("nan", "inf", 1e12, 1e12));
}

TEST_CASE("float: numbers are compared exactly, however long they are, and with tolerances as they were written") {
  for (const auto& [a, b] : {std::pair("9007199254740992", "9007199254740993"), {"12345678901234567890", "12345678901234567891"},
                             {"36893488147419103232", "36893488147419103233"}, {"1", "1.000001000001"}}) {
    CAPTURE(a);
    CHECK_FALSE(is_near(a, b, 1e-6));
    CHECK_FALSE(is_near(b, a, 1e-6));
    CHECK_FALSE(is_near(a, "-" + std::string(b), 1e-6));
  }
  CHECK_FALSE(is_near("1", "1.00000000000000000000001", 0));
  for (const char* edge : {"5.000001", "4.999999", "5.0000009999999999999999999", "+50000010e-7"}) CHECK(is_near(edge, "5", 1e-6));
  CHECK_FALSE(is_near("5.0000010000000000000000001", "5", 1e-6));
  CHECK(is_near("0.0000005", "-0.0000005", 1e-6));
  CHECK_FALSE(is_near("0.0000005", "-0.00000050000000000000001", 1e-6));
  CHECK(is_near("101", "100", 0, 0.01));
  CHECK_FALSE(is_near("101.00000000000000000000001", "100", 0, 0.01));
  CHECK(is_near("-99", "-100", 0, 0.01));
  CHECK(is_near("4e-320", "3e-320", 2e-320));
  CHECK_FALSE(is_near("6e-320", "3e-320", 2e-320));
}

TEST_CASE("float: numbers beyond a double's range are still numbers") {
  CHECK(is_near("1e-400", "0", 1e-6));
  CHECK(is_near("1.0e400", "1e400", 0, 1e-9));
  CHECK_FALSE(is_near("1e400", "1e300", 0, 1e-9));
  CHECK(is_near("1e99999", "1e99999", 0));
  CHECK_FALSE(is_near("1e99999", "2e99999", 1));
  CHECK(is_near("1e99999", "2e99999", 1, 0.5));
  CHECK_FALSE(is_near("0.9e99999", "2e99999", 1, 0.5));
  for (const char* tiny : {"1e-6000", "-1e-99999999999999999999", "1e-3000000000"}) {
    CHECK(is_near(tiny, "0", 1e-6));
    CHECK(is_near("0", tiny, 1e-6));
    CHECK_FALSE(is_near("0", tiny, 0));
    CHECK_FALSE(is_near("1", std::string("1") + tiny, 1e-6));
  }
  CHECK(is_near("1e5000", "10e4999", 0));
  CHECK(is_near("0e99999", "0", 0));
  CHECK_FALSE(is_near("1e99999", "1", 1e12, 1e12));
  CHECK(is_near("1" + std::string(900, '0') + "e-900", "1.0", 0));
  CHECK(is_near(std::string(900, '0') + "1", "1.0", 0));
  CHECK_FALSE(is_near(std::string(10'000'000, '0') + "1", "1.0", 0));  // nobody writes so
}

TEST_CASE("the first difference is told by its place, with words of the output only") {
  const auto told = [](Mode mode, std::string_view output, std::string_view expected) {
    return find_difference(Comparison{mode}, output, expected).value_or("");
  };
  CHECK(told(Mode::lines, "a\nb \nc", "a\nSECRET\nc") == "line 2, 'b'");
  CHECK(told(Mode::lines, "a\n", "a\nSECRET\nc") == "it ends after 1 line");
  CHECK(told(Mode::lines, "a\nb\nc", "a") == "line 2, 'b', is one too many");
  CHECK(told(Mode::lines, "", "SECRET") == "it ends after 0 lines");
  CHECK(told(Mode::tokens, "a b\n\nc d", "a b c SECRET") == "word 4 (line 3), 'd'");
  CHECK(told(Mode::tokens, "a b c", "a b") == "word 3 (line 1), 'c', is one too many");
  CHECK(told(Mode::floats, "a", "a SECRET") == "it ends after 1 word");
  CHECK(told(Mode::exact, "a\nbc\n", "a\nbSECRET") == "byte 4 (line 2), at 'c'");
  CHECK(told(Mode::exact, "a", "a\n") == "it ends after 1 byte");
  CHECK(told(Mode::lines, "\x1b[2J", "") == "line 1, '\\x1b[2J', is one too many");
  CHECK(told(Mode::lines, std::string(1'000'000, 'x'), "").size() < 100);
}

TEST_CASE("long texts are compared in slices, and the first difference is found in any of them") {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i) + " \n";
  for (const Mode mode : {Mode::exact, Mode::lines, Mode::tokens, Mode::floats}) {
    CAPTURE(to_string(mode));
    DifferenceSearch search(Comparison{mode}, text, text);
    int slices = 1;
    while (search.go_on()) ++slices;
    CHECK(slices > 5);
    CHECK_FALSE(search.difference().has_value());
    for (const std::size_t at : {std::size_t{0}, text.size() / 2 / 8 * 8, text.size() - 3}) {
      std::string other = text;
      other[at] = 'x';
      CHECK_FALSE(is_same(mode, other, text));
      CHECK_FALSE(is_same(mode, text, other));
    }
  }
}

TEST_CASE("modes are read by their names") {
  for (const Mode mode : {Mode::exact, Mode::lines, Mode::tokens, Mode::floats}) CHECK(parse_comparison_mode(to_string(mode)) == mode);
  CHECK(to_string(Mode::floats) == "float");
  CHECK_FALSE(parse_comparison_mode("fuzzy").has_value());
}

}  // namespace
}  // namespace mayfly
