// SPDX-License-Identifier: Apache-2.0
#include "sys/run_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.h"
#include "sys/files.h"
#include "sys/trusted_path.h"

namespace mayfly {
namespace {

constexpr int kMaxAttempts = 8;  // each lost only to a sweep at the very same moment
constexpr int kNameBytes = 8;    // random ones; twice as many hex digits

struct CloseDirectory {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

bool is_random_name(std::string_view name) {
  return name.size() == 2 * kNameBytes && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// "<pid>-<16 hex digits>".
bool is_our_name(std::string_view name) {
  const std::size_t dash = name.find_first_not_of("0123456789");
  return dash != 0 && dash != std::string_view::npos && name[dash] == '-' && is_random_name(name.substr(dash + 1));
}

std::vector<std::string> entries_of(int directory) {
  std::vector<std::string> names;
  std::unique_ptr<DIR, CloseDirectory> dir(::fdopendir(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) names.emplace_back(entry->d_name);
  return names;
}

Result<Fd> open_directory(int at, const std::string& name) {
  Fd fd(::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return Error::system("open the directory " + name, errno);
  return fd;
}

bool is_private(int fd) {
  struct stat s {};
  return ::fstat(fd, &s) == 0 && s.st_uid == ::geteuid() && (s.st_mode & 077) == 0;
}

bool try_lock(int fd) { return ::flock(fd, LOCK_EX | LOCK_NB) == 0; }

// True while `name` still means the locked directory: a sweeper may have removed it between
// our open and our lock.
bool still_there(int fd, int parent, const std::string& name) {
  struct stat held {};
  struct stat named {};
  return ::fstat(fd, &held) == 0 && ::fstatat(parent, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

// Files that anonymous_file() had no time to unlink, and nothing else: with anything else in it
// the directory stays.
void remove(int parent, const std::string& name, int fd) {
  for (const std::string& file : entries_of(fd)) {
    if (is_random_name(file)) ::unlinkat(fd, file.c_str(), 0);
  }
  ::unlinkat(parent, name.c_str(), AT_REMOVEDIR);
}

void sweep(int parent) {
  for (const std::string& name : entries_of(parent)) {
    if (!is_our_name(name)) continue;
    const auto fd = open_directory(parent, name);
    if (fd && is_private(fd->get()) && try_lock(fd->get()) && still_there(fd->get(), parent, name)) remove(parent, name, fd->get());
  }
}

Result<Fd> create_locked(int parent, const std::string& name) {
  if (::mkdirat(parent, name.c_str(), 0700) < 0) return Error::system("create the run directory " + name, errno);
  auto fd = open_directory(parent, name);
  if (!fd) return fd;
  if (!try_lock(fd->get()) || !still_there(fd->get(), parent, name)) {
    return Error("lost the run directory " + name + " to a sweep", EAGAIN);
  }
  return fd;
}

// <home>/run itself, of which no link is followed.
Result<Fd> open_parent(const std::string& home) {
  if (auto made = make_directories(home); !made) return std::move(made).error();
  auto base = open_trusted(home, O_RDONLY | O_DIRECTORY);
  if (!base) return base;
  const std::string path = home + "/run";
  if (::mkdirat(base->get(), "run", 0755) < 0 && errno != EEXIST) return Error::system("create directory " + path, errno);
  auto parent = open_directory(base->get(), "run");
  if (!parent) return Error::system(path + " is not a directory of mayfly's own", parent.error().code()).hint("give mayfly a home of its own (--home), or remove " + path);
  if (auto trusted = check_trusted(path); !trusted) return std::move(trusted).error();
  return parent;
}

// Errors that are not the place's, such as a want of descriptors, go as they are.
Error with_remedy(Error error) {
  const int code = error.code();
  const bool wrong_place = code == EACCES || code == EPERM || code == EROFS || code == ENOENT || code == ENOTDIR;
  if (!error.hint().empty() || !wrong_place) return error;
  return std::move(error).hint("set MAYFLY_HOME (or --home) to a directory that you may write");
}

}  // namespace

Result<RunDirectory> RunDirectory::create(const std::string& home) {
  auto parent = open_parent(home);
  if (!parent) return with_remedy(std::move(parent).error());
  sweep(parent->get());
  for (int attempt = 1;; ++attempt) {
    auto random = random_hex(kNameBytes);
    if (!random) return std::move(random).error();
    const std::string name = std::to_string(::getpid()) + "-" + *random;
    auto fd = create_locked(parent->get(), name);
    if (fd) return RunDirectory(home + "/run/" + name, *std::move(parent), *std::move(fd));
    if (fd.error().code() != EAGAIN && fd.error().code() != ENOENT) {
      return with_remedy(std::move(fd).error().context(home + "/run"));
    }
    if (attempt == kMaxAttempts) return std::move(fd).error();
  }
}

RunDirectory& RunDirectory::operator=(RunDirectory&& other) noexcept {
  RunDirectory taken(std::move(other));  // and removes what was held, on return
  std::swap(path_, taken.path_);
  std::swap(parent_, taken.parent_);
  std::swap(fd_, taken.fd_);
  return *this;
}

RunDirectory::~RunDirectory() {
  if (fd_) remove(parent_.get(), path_.substr(path_.rfind('/') + 1), fd_.get());
}

Result<Fd> RunDirectory::anonymous_file() const {
  Fd fd(::openat(fd_.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd) return fd;
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT) {
    return Error::system("create a file in " + path_, errno);
  }
  auto name = random_hex(kNameBytes);
  if (!name) return std::move(name).error();
  fd.reset(::openat(fd_.get(), name->c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
  if (!fd) return Error::system("create a file in " + path_, errno);
  ::unlinkat(fd_.get(), name->c_str(), 0);
  return fd;
}

}  // namespace mayfly
