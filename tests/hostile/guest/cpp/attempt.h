// SPDX-License-Identifier: Apache-2.0
// For programs that attempt what must be refused, and say what came of it.
#pragma once
#include <cstdio>

inline int failed = 0;

// It was refused if it returned a negative number.
inline void attempt(const char* what, long result) {
  std::printf("%s %s\n", what, result < 0 ? "refused" : "SUCCEEDED");
  std::fflush(stdout);
  if (result >= 0) failed = 1;
}
