// SPDX-License-Identifier: Apache-2.0
#include "sys/run_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>

#include "base/id.h"
#include "sys/files.h"

namespace mayfly {
namespace {

constexpr int kMaxAttempts = 8;  // each lost only to a sweep at the very same moment

struct CloseDirectory {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

Result<Fd> open_directory(const std::string& path) {
  return open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

bool try_lock(int fd) { return ::flock(fd, LOCK_EX | LOCK_NB) == 0; }

// True while `path` still names the locked directory: a sweeper may have removed it between
// our open and our lock.
bool still_there(int fd, const std::string& path) {
  struct stat held {};
  struct stat named {};
  return ::fstat(fd, &held) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

void remove_tree(const std::string& path) {
  std::error_code ignored;  // what cannot be removed now is swept next time
  std::filesystem::remove_all(path, ignored);
}

void remove_if_dead(const std::string& path) {
  auto fd = open_directory(path);
  if (fd && try_lock(fd->get()) && still_there(fd->get(), path)) remove_tree(path);
}

void sweep(const std::string& parent) {
  std::unique_ptr<DIR, CloseDirectory> dir(::opendir(parent.c_str()));
  if (!dir) return;
  while (const dirent* entry = ::readdir(dir.get())) {
    if (is_valid_id(entry->d_name)) remove_if_dead(parent + "/" + entry->d_name);
  }
}

Result<Fd> create_locked(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) < 0) return Error::system("create " + path, errno);
  auto fd = open_directory(path);
  if (!fd) return fd;
  if (!try_lock(fd->get()) || !still_there(fd->get(), path)) {
    return Error("lost " + path + " to a sweep", EAGAIN);
  }
  return fd;
}

}  // namespace

Result<RunDirectory> RunDirectory::create(const std::string& home) {
  const std::string parent = home + "/run";
  if (auto made = make_directories(parent); !made) {
    return std::move(made).error().hint("set MAYFLY_HOME (or --home) to a directory that you may write");
  }
  sweep(parent);
  for (int attempt = 1;; ++attempt) {
    auto name = random_hex(8);
    if (!name) return std::move(name).error();
    const std::string path = parent + "/" + std::to_string(::getpid()) + "-" + *name;
    auto fd = create_locked(path);
    if (fd) return RunDirectory(path, *std::move(fd));
    if (fd.error().code() != EAGAIN && fd.error().code() != ENOENT) return std::move(fd).error();
    if (attempt == kMaxAttempts) return std::move(fd).error();
  }
}

RunDirectory& RunDirectory::operator=(RunDirectory&& other) noexcept {
  RunDirectory taken(std::move(other));  // and removes what was held, on return
  std::swap(path_, taken.path_);
  std::swap(fd_, taken.fd_);
  return *this;
}

RunDirectory::~RunDirectory() {
  if (fd_) remove_tree(path_);
}

Result<Fd> RunDirectory::anonymous_file() const {
  Fd fd(::openat(fd_.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd) return fd;
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT) {
    return Error::system("create a file in " + path_, errno);
  }
  auto name = random_hex(8);
  if (!name) return std::move(name).error();
  fd.reset(::openat(fd_.get(), name->c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
  if (!fd) return Error::system("create a file in " + path_, errno);
  ::unlinkat(fd_.get(), name->c_str(), 0);
  return fd;
}

}  // namespace mayfly
