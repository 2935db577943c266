// SPDX-License-Identifier: Apache-2.0
#include "base/user.h"

#include <grp.h>
#include <unistd.h>

#include <array>

#include "helpers.h"

namespace mayfly::test {
namespace {

constexpr uid_t kSomebody = 54321;

struct Ids {
  std::array<uid_t, 3> uid{};
  std::array<gid_t, 3> gid{};
  bool operator==(const Ids&) const = default;
};

Ids ids() {
  Ids now;
  ::getresuid(&now.uid[0], &now.uid[1], &now.uid[2]);
  ::getresgid(&now.gid[0], &now.gid[1], &now.gid[2]);
  return now;
}

Ids all(uid_t uid, gid_t gid) { return {{uid, uid, uid}, {gid, gid, gid}}; }

bool joins(gid_t group) { return ::setgroups(1, &group) == 0; }

TEST_CASE("a process becomes somebody else for good, in no group of its former user's") {
  if (::geteuid() != 0) return;
  CHECK(status_of_fork([] {
          return joins(kSomebody + 1) && become_user(kSomebody) && ids() == all(kSomebody, kSomebody) &&
                 ::getgroups(0, nullptr) == 0 && ::setresuid(0, 0, 0) < 0;
        }) == 0);
}

TEST_CASE("set_user() leaves other groups alone") {
  if (::geteuid() != 0) return;
  CHECK(status_of_fork([] {
          return joins(kSomebody + 1) && set_user(kSomebody, kSomebody + 2) && ids() == all(kSomebody, kSomebody + 2) &&
                 ::getgroups(0, nullptr) == 1;
        }) == 0);
}

TEST_CASE("an ordinary user cannot become another") {
  CHECK(status_of_fork([] {
          if (::geteuid() == 0 && !become_user(kSomebody)) return false;
          return !set_user(0, 0) && errno == EPERM && !become_user(kSomebody + 1) && errno == EPERM;
        }) == 0);
}

}  // namespace
}  // namespace mayfly::test
