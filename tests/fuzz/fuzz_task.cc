// SPDX-License-Identifier: Apache-2.0
// A line of a batch: whatever it holds, it becomes a valid task or a result that is JSON.
#include "fuzz.h"
#include "task_checks.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string wrong = mayfly::checks::wrong_with_line(mayfly::fuzz::text(data, size));
  mayfly::fuzz::must(wrong.empty(), wrong.c_str());
  return 0;
}
