// SPDX-License-Identifier: Apache-2.0
#include "image/digest.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/sha256.h"
#include "sys/files.h"
#include "sys/trusted_path.h"
#include "sys/writers.h"

namespace mayfly {
namespace {

constexpr std::size_t kDigestLength = 64;  // hex digits of SHA-256
constexpr std::size_t kMaxStamp = 4096;

std::string nanoseconds(const timespec& time) {
  return std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec);
}

// The digest in a stamp, or nothing where the stamp is of another state of the file.
std::string lookup(const std::string& directory, const FileState& file) {
  const auto stamp = read_trusted(directory + "/" + file.file, kMaxStamp);
  if (!stamp) return {};
  const std::string prefix = file.state + "\n";
  if (stamp->size() != prefix.size() + kDigestLength || stamp->compare(0, prefix.size(), prefix) != 0) {
    return {};
  }
  return stamp->substr(prefix.size());
}

Error may_change(const std::string& path) {
  return Error(path + " is open for writing, so it can change while it is used", ETXTBSY)
      .hint("end who writes it (fuser -v " + path + "), and try again");
}

}  // namespace

Result<FileState> FileState::of(int fd) {
  struct stat s {};
  if (::fstat(fd, &s) < 0) return Error::system("fstat", errno);
  return FileState{std::to_string(s.st_dev) + "-" + std::to_string(s.st_ino),
                   std::to_string(s.st_size) + " " + nanoseconds(s.st_mtim) + " " + nanoseconds(s.st_ctim)};
}

bool DigestCache::remembers(int fd) const {
  const auto file = FileState::of(fd);
  return file && !lookup(directory_, *file).empty();
}

void DigestCache::forget(int fd) const {
  const auto file = FileState::of(fd);
  if (file) ::unlink((directory_ + "/" + file->file).c_str());
}

void DigestCache::remember(int fd, const FileState& before, const std::string& digest) const {
  const auto now = FileState::of(fd);
  if (!now || *now != before || has_writer(fd)) return;
  // A cache that cannot be written costs time, not correctness.
  if (!make_directories(directory_) || !check_trusted(directory_)) return;
  [[maybe_unused]] const auto kept = replace_file(directory_ + "/" + before.file, before.state + "\n" + digest);
}

Result<std::string> DigestCache::sha256(int fd, const std::string& path) const {
  const auto before = FileState::of(fd);
  if (!before) return Error(before.error()).context(path);
  if (has_writer(fd)) return may_change(path);
  if (auto known = lookup(directory_, *before); !known.empty()) return known;
  auto digest = sha256_of_file(fd);
  if (!digest) return Error(digest.error()).context(path);
  const auto after = FileState::of(fd);
  if (!after || *after != *before) return Error(path + " has changed while it was read").hint("try again when nobody writes it");
  if (has_writer(fd)) return may_change(path);
  remember(fd, *before, *digest);
  return digest;
}

}  // namespace mayfly
