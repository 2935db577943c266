// SPDX-License-Identifier: Apache-2.0
#include "sys/trusted_path.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "path_walk.h"
#include "sys/files.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxRecord = 64 * 1024;  // of passwd and group

std::string name_of(uid_t uid) {
  std::vector<char> buffer(kMaxRecord);
  passwd entry{}, *found = nullptr;
  ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  return found ? found->pw_name : "";
}

// A group of the user's name with nobody else in it.
bool is_own_group(gid_t gid, uid_t uid) {
  std::vector<char> buffer(kMaxRecord);
  group entry{}, *found = nullptr;
  ::getgrgid_r(gid, &entry, buffer.data(), buffer.size(), &found);
  const std::string user = name_of(uid);
  if (!found || user.empty() || user != found->gr_name) return false;
  for (char** member = found->gr_mem; *member; ++member) {
    if (user != *member) return false;
  }
  return true;
}

// Then the bits of the group are what the list allows to anybody in it (acl(5)). O_PATH has no attributes.
bool has_access_list(int fd) {
  const std::string again = "/proc/self/fd/" + std::to_string(fd);
  return ::getxattr(again.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
}

bool others_may_write(int fd, const struct stat& s) {
  if ((s.st_mode & S_IWOTH) != 0) return true;
  return (s.st_mode & S_IWGRP) != 0 && (!is_own_group(s.st_gid, s.st_uid) || has_access_list(fd));
}

std::string octal(mode_t mode) {
  std::array<char, 8> text;
  std::snprintf(text.data(), text.size(), "%04o", mode & 07777U);
  return text.data();
}

Error of_another(const std::string& path, uid_t uid) {
  const std::string name = name_of(uid);
  return Error(path + " belongs to " + (name.empty() ? "uid " + std::to_string(uid) : name) + ", who could change what mayfly takes from there", EPERM)
      .hint("if nobody else wrote there: chown -h " + std::to_string(::geteuid()) + " " + path + "; else name another place (--home)");
}

Error writable(const std::string& path, mode_t mode) {
  Error error(path + " can be written by others (mode " + octal(mode) + "), who could change what mayfly takes from there", EPERM);
  if ((mode & S_ISVTX) != 0) return std::move(error).hint("it is meant for all: name a directory in it that is mayfly's own (--home)");
  return std::move(error).hint("if nobody else wrote there: chmod go-w " + path + "; else name another place (--home)");
}

Result<void> check_place(int fd, const struct stat& s, const std::string& path, bool on_the_way) {
  if (!is_ours(s.st_uid)) return of_another(path, s.st_uid);
  if (S_ISLNK(s.st_mode) || !others_may_write(fd, s)) return {};
  if (on_the_way && S_ISDIR(s.st_mode) && (s.st_mode & S_ISVTX) != 0) return {};
  return writable(path, s.st_mode);
}

Result<Fd> find_trusted(const std::string& path) {
  std::error_code error;
  std::string absolute = std::filesystem::absolute(path, error);
  if (error) return Error::system("find the working directory, which " + path + " is relative to", error.value());
  while (absolute.size() > 1 && absolute.ends_with('/')) absolute.pop_back();  // so that its last part is its end
  auto end = walk_path(absolute, MissingDirectories::refuse, check_place);
  if (!end) return std::move(end).error();
  if (end->descriptor >= 0) return Error(path + " is an open descriptor, and no place");
  if (!end->there && !end->name.empty()) return Error::system(path, ENOENT);
  return std::move(end->there ? end->there : end->directory);
}

}  // namespace

Result<Fd> open_trusted(const std::string& path, int flags) {
  auto place = find_trusted(path);
  if (!place) return place;
  auto fd = reopen(place->get(), flags);
  if (!fd) return Error::system("open " + path, fd.error().code());
  return fd;
}

Result<std::string> read_trusted(const std::string& path, std::size_t limit) {
  const auto fd = open_trusted(path, O_RDONLY);
  if (!fd) return fd.error();
  return read_file("/proc/self/fd/" + std::to_string(fd->get()), limit);
}

Result<void> check_trusted(const std::string& path) {
  const auto place = find_trusted(path);
  return place ? Result<void>() : Result<void>(place.error());
}

}  // namespace mayfly
