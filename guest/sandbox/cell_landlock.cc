// SPDX-License-Identifier: Apache-2.0
#include "cell_landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace mayfly::guest {
namespace {

// The header's own names stop where it is older than the kernel: truncate(2) since version 3.
constexpr std::uint64_t kTruncate = 1ULL << 14;
constexpr long kHasTruncate = 3;

constexpr std::uint64_t kRead =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kUseDevices = kRead | LANDLOCK_ACCESS_FS_WRITE_FILE;
constexpr std::uint64_t kMakeDevices = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK;
constexpr std::uint64_t kWrite =
    kUseDevices | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
    LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER;

long version() {
  return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

std::uint64_t truncate_if_known() { return version() >= kHasTruncate ? kTruncate : 0; }

bool allow(int rules, int place, std::uint64_t rights) {
  const landlock_path_beneath_attr rule{rights, place};
  return ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

bool allow(int rules, const char* path, std::uint64_t rights) {
  const int place = ::open(path, O_PATH | O_CLOEXEC);
  const bool allowed = place >= 0 && allow(rules, place, rights);
  if (place >= 0) ::close(place);
  return allowed;
}

}  // namespace

const char* make_common_rules(int& rules) {
  const std::uint64_t truncate = truncate_if_known();
  landlock_ruleset_attr handled{};
  handled.handled_access_fs = kWrite | kMakeDevices | truncate;
  rules = static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled.handled_access_fs, 0));
  if (rules < 0) return "landlock_create_ruleset";
  const bool all = allow(rules, "/", kRead) && allow(rules, "/dev", kUseDevices | truncate) &&
                   allow(rules, "/dev/shm", kWrite | truncate) && allow(rules, "/tmp", kWrite | truncate);
  return all ? nullptr : "landlock_add_rule";
}

const char* allow_all_below(int rules, int directory) {
  return allow(rules, directory, kWrite | truncate_if_known()) ? nullptr : "landlock_add_rule for the directory";
}

const char* restrict_by(int rules) {
  return ::syscall(SYS_landlock_restrict_self, rules, 0) == 0 ? nullptr : "landlock_restrict_self";
}

}  // namespace mayfly::guest
