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
#include <climits>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "sys/files.h"

namespace mayfly {
namespace {

constexpr int kMostLinks = 40;  // as the kernel
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

bool is_roots(uid_t uid) {
  struct stat top {};
  return uid == 0 || (::stat("/", &top) == 0 && uid == top.st_uid);
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
  return Error(path + " can be written by others (mode " + octal(mode) + "), who could change what mayfly takes from there", EPERM)
      .hint("if nobody else wrote there: chmod go-w " + path + "; else name another place (--home)");
}

Result<void> check_place(int fd, const struct stat& s, const std::string& path, bool on_the_way) {
  if (s.st_uid != ::geteuid() && !is_roots(s.st_uid)) return of_another(path, s.st_uid);
  if (S_ISLNK(s.st_mode) || !others_may_write(fd, s)) return {};
  if (on_the_way && S_ISDIR(s.st_mode) && (s.st_mode & S_ISVTX) != 0) return {};
  return writable(path, s.st_mode);
}

class Walk {
 public:
  Result<Fd> to(const std::string& path) {
    std::error_code error;
    const auto absolute = std::filesystem::absolute(path, error);
    if (error) return Error::system("find the working directory, which " + path + " is relative to", error.value());
    put_before(absolute);
    if (auto begun = start_at_root(); !begun) return std::move(begun).error();
    while (!parts_.empty()) {
      if (auto gone = step(take_part()); !gone) return std::move(gone).error();
    }
    return std::move(places_.back().fd);
  }

 private:
  struct Place {
    Fd fd;
    std::string path;
  };

  void put_before(const std::filesystem::path& path) {
    std::vector<std::string> parts;
    for (const auto& part : path.relative_path()) {
      if (!part.empty() && part != ".") parts.push_back(part);
    }
    parts_.insert(parts_.begin(), parts.begin(), parts.end());
  }

  std::string take_part() {
    std::string part = std::move(parts_.front());
    parts_.pop_front();
    return part;
  }

  Result<void> start_at_root() {
    places_.clear();
    auto root = open_file("/", O_PATH | O_DIRECTORY);
    if (!root) return std::move(root).error();
    return enter({*std::move(root), ""});
  }

  Result<void> step(const std::string& part) {
    if (part == "..") {
      if (places_.size() > 1) places_.pop_back();
      return {};
    }
    std::string path = places_.back().path + "/" + part;
    Fd fd(::openat(places_.back().fd.get(), part.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return Error::system("open " + path, errno);
    return enter({std::move(fd), std::move(path)});
  }

  Result<void> enter(Place place) {
    struct stat s {};
    const std::string name = place.path.empty() ? "/" : place.path;
    if (::fstat(place.fd.get(), &s) < 0) return Error::system(name, errno);
    if (auto checked = check_place(place.fd.get(), s, name, !parts_.empty()); !checked) return checked;
    if (S_ISLNK(s.st_mode)) return follow(place);
    if (!parts_.empty() && !S_ISDIR(s.st_mode)) return Error::system(name, ENOTDIR);
    places_.push_back(std::move(place));
    return {};
  }

  Result<void> follow(const Place& link) {
    if (++links_ > kMostLinks) return Error::system(link.path, ELOOP);
    std::string target(PATH_MAX, '\0');
    const ssize_t size = ::readlinkat(link.fd.get(), "", target.data(), target.size());
    if (size < 0) return Error::system("read the link " + link.path, errno);
    target.resize(static_cast<std::size_t>(size));
    put_before(target);
    return target.starts_with('/') ? start_at_root() : Result<void>();
  }

  std::vector<Place> places_;  // from the root to where we are; never a link
  std::deque<std::string> parts_;  // still to go
  int links_ = 0;
};

}  // namespace

Result<Fd> open_trusted(const std::string& path, int flags) {
  auto place = Walk().to(path);
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
  const auto place = Walk().to(path);
  return place ? Result<void>() : Result<void>(place.error());
}

}  // namespace mayfly
