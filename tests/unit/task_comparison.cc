// SPDX-License-Identifier: Apache-2.0
#include "task/comparison.h"

#include <doctest/doctest.h>

namespace mayfly {
namespace {

TEST_CASE("blanks at the ends of lines and of the whole do not make an output another") {
  for (const char* same : {"1 2\n3\n", "1 2\n3", "1 2  \n3\n\n\n", "1 2\r\n3\r\n"}) CHECK(is_expected(same, "1 2\n3\n"));
  for (const char* other : {"", "1 2", "1 2\n3\n4", "1  2\n3", "\n1 2\n3", "12\n3", "1 2 3"}) CHECK_FALSE(is_expected(other, "1 2\n3\n"));
  CHECK(is_expected("\n \n", ""));
}

}  // namespace
}  // namespace mayfly
