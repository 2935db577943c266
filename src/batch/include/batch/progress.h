// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/clock.h"

namespace mayfly {

// One line on the terminal, rewritten in place; silent where stderr is no terminal.
class Progress {
 public:
  Progress();
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Shows `text`, unless the last one is younger than a tenth of a second.
  void show(const std::string& text);
  // Leaves `text` standing, as a line of its own.
  void finish(const std::string& text);
  void clear();

 private:
  bool enabled_;
  bool shown_ = false;
  Nanoseconds last_ = 0;
};

}  // namespace mayfly
