// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace mayfly {

class ProgramRun;

// A task's stdin that comes while it runs. It waits for the program that takes it, and goes nowhere
// when that has ended.
class StdinFeed {
 public:
  void feed(std::string_view bytes);
  void end();

  // From now on `taker` gets it, and what has come before; until disconnect(), which must come
  // before it is destroyed.
  void connect(ProgramRun& taker);
  void disconnect();

 private:
  enum class State { waiting, connected, done };

  State state_ = State::waiting;
  ProgramRun* taker_ = nullptr;
  std::string bytes_;  // that came before there was one
  bool ended_ = false;
};

}  // namespace mayfly
