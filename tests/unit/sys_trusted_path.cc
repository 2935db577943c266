// SPDX-License-Identifier: Apache-2.0
#include "sys/trusted_path.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <vector>

#include "helpers.h"

namespace mayfly::test {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kStranger = 54321;

void change_mode(const std::string& path, mode_t mode) { REQUIRE(::chmod(path.c_str(), mode) == 0); }

// What is said of `path`, which is not to be trusted for the sake of `culprit`.
void check_refused(const std::string& path, const std::string& culprit, const std::string& why, const std::string& remedy) {
  const auto opened = open_trusted(path, O_RDONLY);
  REQUIRE_FALSE(opened);
  CAPTURE(opened.error().message());
  CHECK(opened.error().message().starts_with(culprit + " "));
  CHECK(contains(opened.error().message(), why));
  CHECK(contains(opened.error().hint(), remedy + culprit + ";"));
  CHECK_FALSE(check_trusted(path));
}

TEST_CASE("what only we could have written is opened, whatever the way to it looks like") {
  const TempDirectory home;
  home.write("a/b/file", "content");
  fs::create_symlink("../a", home / "a/up");
  fs::create_symlink(home / "a/b", home / "absolute");
  for (const char* way : {"a/b/file", "a/./b//file", "a/b/../b/file", "a/up/b/file", "absolute/file", "absolute/../up/b/file"}) {
    CAPTURE(way);
    const auto content = read_trusted(home / way, 100);
    REQUIRE_MESSAGE(content.ok(), content.error().message());
    CHECK(*content == "content");
  }
  CHECK(check_trusted(home / "a/b"));
  CHECK(check_trusted("/"));
  CHECK_FALSE(read_trusted(home / "a/b/file", 3));
}

TEST_CASE("a place that others may write is refused, and the one that is to blame is named") {
  const TempDirectory home;
  const std::string file = home.write("a/b/file", "content");
  for (const std::string& culprit : {home.path(), home / "a", home / "a/b", file}) {
    const mode_t before = fs::is_directory(culprit) ? 0755 : 0644;
    for (const mode_t more : {S_IWOTH, S_IWOTH | S_IWGRP}) {
      change_mode(culprit, before | more);
      check_refused(file, culprit, "can be written by others (mode 0", "chmod go-w ");
    }
    change_mode(culprit, before);
  }
  CHECK(check_trusted(file));
}

TEST_CASE("others may put things beside ours into a sticky directory, and not into the one that is meant") {
  const TempDirectory home;
  const std::string file = home.write("shared/file", "content");
  change_mode(home / "shared", 01777);
  CHECK(check_trusted(file));
  const auto refused = check_trusted(home / "shared");
  CHECK(contains(message_of(refused), "(mode 1777)"));
  CHECK(contains(refused.error().hint(), "name a directory in it"));
}

TEST_CASE("what belongs to another user is refused: a file, a directory, a link") {
  if (::geteuid() != 0) return;
  const TempDirectory home;
  const std::string file = home.write("a/file", "content");
  fs::create_symlink(home / "a", home / "link");
  for (const std::string& culprit : {home.path(), home / "a", file, home / "link"}) {
    REQUIRE(::lchown(culprit.c_str(), kStranger, kStranger) == 0);
    check_refused(home / "link/file", culprit, "belongs to uid 54321", "chown -h 0 ");
    REQUIRE(::lchown(culprit.c_str(), 0, 0) == 0);
  }
  CHECK(check_trusted(home / "link/file"));
}

TEST_CASE("a link is as good as the place that it leads to") {
  const TempDirectory home;
  home.write("open/file", "content");
  fs::create_symlink(home / "open/file", home / "link");
  change_mode(home / "open", 0777);
  check_refused(home / "link", home / "open", "can be written by others", "chmod go-w ");
}

TEST_CASE("a group that is the owner's alone may write, another not") {
  if (::geteuid() != 0) return;
  const TempDirectory home;
  const std::string file = home.write("file", "content");
  change_mode(home.path(), 0775);
  CHECK(check_trusted(file));  // root's group is root's
  REQUIRE(::chown(home.path().c_str(), 0, 1) == 0);
  check_refused(file, home.path(), "can be written by others (mode 0775)", "chmod go-w ");
}

// Version 2; then tag, permissions and id of each entry (acl(5)).
std::vector<std::uint32_t> list_with(uid_t user) {
  constexpr std::uint32_t kUserObj = 1, kUser = 2, kGroupObj = 4, kMask = 16, kOther = 32, kAll = 7U << 16, kRead = 5U << 16, kNobody = ~0U;
  return {2, kUserObj | kAll, kNobody, kUser | kAll, user, kGroupObj | kAll, kNobody, kMask | kAll, kNobody, kOther | kRead, kNobody};
}

TEST_CASE("an access control list that lets somebody write is no group of the owner's") {
  const TempDirectory home;
  const std::string file = home.write("file", "content");
  const auto list = list_with(kStranger);
  if (::setxattr(home.path().c_str(), "system.posix_acl_access", list.data(), list.size() * sizeof list[0], 0) < 0) return;  // has none here
  check_refused(file, home.path(), "can be written by others (mode 0775)", "chmod go-w ");
}

TEST_CASE("ways that lead nowhere are errors that name the place") {
  const TempDirectory home;
  home.write("file", "content");
  fs::create_symlink("loop", home / "loop");
  CHECK(contains(message_of(open_trusted(home / "none/file", O_RDONLY)), home / "none/file: No such file"));
  CHECK(contains(message_of(open_trusted(home / "file/more", O_RDONLY)), home / "file/more: Not a directory"));
  CHECK(contains(message_of(open_trusted(home / "loop", O_RDONLY)), "loop: Too many levels"));
}

}  // namespace
}  // namespace mayfly::test
