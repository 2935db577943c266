// SPDX-License-Identifier: Apache-2.0
#include "guest/boot.h"

#include "guest/kernel_command_line.h"
#include "helpers.h"

namespace mayfly::test {
namespace {

using namespace guest;

TEST_CASE("an option is found on the kernel's command line by its whole name") {
  const std::string_view line = "console=ttyS0 mayfly.root=/dev/vda quiet xmayfly.root=/dev/vdb\n";
  CHECK(kernel_option(line, "mayfly.root") == "/dev/vda");
  CHECK(kernel_option(line, "console") == "ttyS0");
  CHECK(kernel_option(line, "root") == std::nullopt);
  CHECK(kernel_option(line, "quiet") == std::nullopt);
  CHECK(kernel_option("", "quiet") == std::nullopt);
}

TEST_CASE("the last of several equal options counts, and may be empty") {
  CHECK(kernel_option("a=1 b=2 a=3", "a") == "3");
  CHECK(kernel_option("a=1 a=", "a") == "");
}

TEST_CASE("only controllers that the kernel offers are enabled") {
  CHECK(controllers_to_enable("cpuset cpu io memory hugetlb pids\n") == "+memory +pids +io +cpu ");
  CHECK(controllers_to_enable("cpuset pids\n") == "+pids ");
  CHECK(controllers_to_enable("\n").empty());
  CHECK(controllers_to_enable("").empty());
}

TEST_CASE("a stack may take the machine's memory, and a thousand of the largest fit into the addresses of a process") {
  CHECK(stack_limit(300 << 20) == 300 << 20);
  CHECK(1000 * stack_limit(~0ULL) < 1ULL << 47);
}

}  // namespace
}  // namespace mayfly::test
