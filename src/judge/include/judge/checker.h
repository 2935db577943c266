// SPDX-License-Identifier: Apache-2.0
//
// The protocols that a task's checker may be written for: how it is called, and what its end says
// of a case.
//   plain    `checker input output answer`, files with the case's stdin, what it printed, and its
//   expected_stdout: 0 right,
//            1 or 2 wrong
//   testlib  called likewise; 0 right, 1, 2, 4, 8 wrong, 7 right with points, partially correct:
//   wrong with points kattis   `checker input answer feedback/ <output`: 42 right, 43 wrong;
//   score.txt and judgemessage.txt in feedback/
// Every other end says nothing of the case, but that the checker failed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mayfly {

enum class CheckerProtocol { plain, testlib, kattis };

// "plain", "testlib", "kattis".
std::optional<CheckerProtocol> parse_checker_protocol(std::string_view name);

// How a checker's run ended, and what it printed.
struct CheckerEnd {
  bool by_itself = false;  // no limit ended it: only then its status counts
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::string_view out;
  std::string_view err;
  std::string_view reason;  // for people: the limit that it met, if any
};

struct Judgement {
  enum class Word { right, wrong, none };

  Word word = Word::right;           // none: the checker failed
  std::string message = {};          // for people
  std::optional<double> score = {};  // finite
};

Judgement judge(CheckerProtocol protocol, const CheckerEnd& checker);

// The arguments that the protocol gives a checker, before the task's own.
std::vector<std::string> arguments_of(CheckerProtocol protocol);

// The command that calls a checker, whose own is `argv`, as the protocol says.
std::vector<std::string> command_for(CheckerProtocol protocol, std::vector<std::string> argv);

// Whether it reads the case's output from its stdin; else there is a file `output`.
bool reads_output_from_stdin(CheckerProtocol protocol);

}  // namespace mayfly
