// SPDX-License-Identifier: Apache-2.0
// Landlock's rules on processes of our own, where the kernel has it.
#include "../../src/jail/landlock.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>

#include "helpers.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

struct Paths {
  TempDirectory directory;
  std::string seen = directory.write("seen/file", "content");
  std::string hidden = directory.write("hidden", "content");
};

// For good, so in a process of its own.
bool restrict_self(LandlockRules rules) {
  const Fd fd = std::move(rules).take();
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && restrict_by_landlock(fd.get());
}

bool is_denied(const std::string& path, int flags) { return ::open(path.c_str(), flags | O_CLOEXEC, 0600) < 0 && errno == EACCES; }

TEST_CASE("what the rules name can be read, and nothing else touched by its path") {
  if (landlock_abi() == 0) return;
  const Paths paths;
  CHECK(status_of_fork([&] {
          auto rules = LandlockRules::create();
          if (!rules || !rules->add(paths.directory / "seen", FileUse::read)) return false;
          if (!restrict_self(*std::move(rules))) return false;
          return read_file(paths.seen, 100).ok() && is_denied(paths.hidden, O_RDONLY) && is_denied(paths.seen, O_WRONLY) &&
                 is_denied(paths.directory / "seen/new", O_WRONLY | O_CREAT);
        }) == 0);
}

TEST_CASE("a file's rule is about the file, by descriptor, too") {
  if (landlock_abi() == 0) return;
  const Paths paths;
  CHECK(status_of_fork([&] {
          auto rules = LandlockRules::create();
          const auto fd = open_file(paths.hidden, O_PATH);
          if (!rules || !fd || !rules->add(fd->get(), FileUse::read)) return false;
          if (!restrict_self(*std::move(rules))) return false;
          return read_file(paths.hidden, 100).ok() && is_denied(paths.seen, O_RDONLY);
        }) == 0);
}

TEST_CASE("to read is not to execute") {
  if (landlock_abi() == 0) return;
  CHECK(status_of_fork([&] {
          auto rules = LandlockRules::create();
          if (!rules || !rules->add("/", FileUse::read) || !restrict_self(*std::move(rules))) return false;
          ::execl("/bin/true", "true", nullptr);
          return errno == EACCES;
        }) == 0);
}

TEST_CASE("a path that is not there cannot have a rule") {
  if (landlock_abi() == 0) return;
  auto rules = LandlockRules::create();
  REQUIRE(rules);
  CHECK_FALSE(rules->add("/nonexistent/file", FileUse::read));
}

}  // namespace
}  // namespace mayfly::test
