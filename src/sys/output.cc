// SPDX-License-Identifier: Apache-2.0
#include "sys/output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "base/id.h"
#include "path_walk.h"
#include "sys/files.h"

namespace mayfly {
namespace {

constexpr unsigned kModeBits = 0777;
constexpr int kForever = -1;

Result<void> write_and_rename(int directory, const std::string& temporary, const std::string& name,
                              std::string_view content, unsigned mode) {
  const Fd fd(::openat(directory, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return Error::system("create a file", errno);
  if (::fchmod(fd.get(), mode) < 0) return Error::system("set its mode", errno);
  if (auto written = write_all(fd.get(), content); !written) return written;
  if (::renameat(directory, temporary.c_str(), directory, name.c_str()) < 0) return Error::system("rename", errno);
  return {};
}

// Waits `patience` milliseconds for each piece to find room. Somebody may have made the descriptor non-blocking.
Result<void> write_ready(int fd, std::string_view bytes, int patience) {
  while (!bytes.empty()) {
    pollfd ready{fd, POLLOUT, 0};
    const int found = ::poll(&ready, 1, patience);
    if (found == 0) return Error("its reader does not keep up", EAGAIN);
    // So much a pipe that is ready takes at once (pipe(7)).
    const ssize_t written = found < 0 ? -1 : ::write(fd, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written < 0) return Error::system("write", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

bool may_be_written_by_others(const struct stat& status) { return status.st_mode & (S_IWGRP | S_IWOTH); }

// What is wrong with a directory for output; empty: nothing.
std::string fault_of(const struct stat& status) {
  if (status.st_uid != ::geteuid()) return "belongs to another user (uid " + std::to_string(status.st_uid) + ")";
  if (may_be_written_by_others(status)) return "can be written to by other users";
  return "";
}

Result<Fd> checked_directory(Fd directory, const std::string& path) {
  struct stat status {};
  if (!directory || ::fstat(directory.get(), &status) < 0) return Error::system("directory " + path, errno);
  if (const std::string fault = fault_of(status); !fault.empty()) {
    return Error("directory " + path + " " + fault, EPERM)
        .hint("name one that is yours alone: chmod go-w, or a new one");
  }
  return directory;
}

}  // namespace

Result<OutputPlace> OutputPlace::find(const std::string& path) {
  OutputPlace place(path);
  auto end = path == "-" ? Result<PathEnd>(PathEnd{.descriptor = STDOUT_FILENO}) : walk_path(path);
  if (!end) return std::move(end).error();
  if (end->descriptor >= 0) {
    auto copy = duplicate(end->descriptor);
    if (!copy) return std::move(copy).error().context(path);
    if ((::fcntl(copy->get(), F_GETFL) & O_ACCMODE) == O_RDONLY) return place.refused("is open for reading only");
    place.descriptor_ = *std::move(copy);
    return place;
  }
  place.directory_ = std::move(end->directory);
  place.name_ = std::move(end->name);
  place.there_ = std::move(end->there);
  if (auto looked = place.look(); !looked) return std::move(looked).error();
  return place;
}

Result<void> OutputPlace::look() {
  if (name_.empty()) return refused("is a directory");
  if (!there_) return {};
  struct stat status {};
  if (::fstat(there_.get(), &status) < 0) return Error::system(path_, errno);
  if (S_ISDIR(status.st_mode)) return refused("is a directory");
  if (S_ISBLK(status.st_mode)) return refused("is a disk");
  if (S_ISSOCK(status.st_mode)) return refused("is a socket");
  if (!S_ISCHR(status.st_mode) && !is_ours(status.st_uid)) {
    return refused("belongs to another user (uid " + std::to_string(status.st_uid) + ")");
  }
  kind_ = S_ISREG(status.st_mode) ? Kind::file : Kind::stream;
  has_other_names_ = kind_ == Kind::file && status.st_nlink > 1;
  return {};
}

Error OutputPlace::refused(const std::string& why) const {
  return Error(path_ + " " + why, EPERM).hint("name a file of your own, a terminal, a pipe, or - for standard output");
}

Result<Fd> OutputPlace::open(int flags) const {
  if (descriptor_) return duplicate(descriptor_.get());
  if (has_other_names_) return refused("has other names, too (hard links)");
  if (there_) {
    auto opened = reopen(there_.get(), flags | O_NOCTTY | (kind_ == Kind::file ? O_APPEND : 0));
    if (!opened) return Error::system("open " + path_, opened.error().code());
    return opened;
  }
  Fd fd(::openat(directory_.get(), name_.c_str(), flags | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd || ::fchmod(fd.get(), 0600) < 0) return Error::system("create " + path_, errno);
  return fd;
}

Result<void> OutputPlace::replace(std::string_view content, unsigned mode) const {
  struct stat old {};
  if (there_ && ::fstat(there_.get(), &old) == 0) mode = old.st_mode & kModeBits;
  auto replaced = replace_file_at(directory_.get(), name_, content, mode);
  if (!replaced) return std::move(replaced).error().context(path_);
  return {};
}

Result<void> OutputPlace::sync_directory() const {
  const Fd fd(::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd && errno == EACCES) return {};  // it can be searched only, and not be opened by us
  if (!fd || ::fsync(fd.get()) < 0) return Error::system("sync the directory of " + path_, errno);
  return {};
}

Result<OutputFile> OutputFile::open(const std::string& path) {
  auto place = OutputPlace::find(path);
  if (!place) return std::move(place).error();
  if (!place->is_stream()) return OutputFile(*std::move(place), Fd());
  auto stream = place->open(O_WRONLY);
  if (!stream) return std::move(stream).error().context(path);
  return OutputFile(*std::move(place), *std::move(stream));
}

Result<void> OutputFile::write(std::string_view content, unsigned mode) const {
  if (!stream_) return place_.replace(content, mode);
  auto written = write_ready(stream_.get(), content, kForever);
  if (!written) return std::move(written).error().context(place_.path());
  return {};
}

Result<void> OutputFile::write_now(std::string_view content, unsigned mode) const {
  if (!stream_) return place_.replace(content, mode);
  auto written = mayfly::write_now(stream_.get(), content);
  if (!written) return std::move(written).error().context(place_.path());
  return {};
}

Result<void> write_now(int fd, std::string_view bytes) { return write_ready(fd, bytes, 0); }

Result<Fd> open_private_directory(const std::string& path) {
  auto end = walk_path(path + "/", MissingDirectories::create);
  if (!end) return std::move(end).error();
  return checked_directory(std::move(end->directory), path);
}

Result<Fd> open_private_directory(int parent, const std::string& name) {
  const bool made = ::mkdirat(parent, name.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) return Error::system("create directory " + name, errno);
  Fd directory(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (made && directory && ::fchmod(directory.get(), 0700) < 0) return Error::system("directory " + name, errno);
  return checked_directory(std::move(directory), name);
}

Result<void> replace_file_at(int directory, const std::string& name, std::string_view content, unsigned mode) {
  auto suffix = random_hex(8);
  if (!suffix) return std::move(suffix).error();
  const std::string temporary = ".mayfly-" + *suffix;
  auto replaced = write_and_rename(directory, temporary, name, content, mode);
  if (!replaced) ::unlinkat(directory, temporary.c_str(), 0);
  return replaced;
}

}  // namespace mayfly
