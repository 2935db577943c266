// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"

namespace mayfly {

// Which file, and which state of it: device, inode, size, mtime and ctime.
struct FileState {
  std::string file;
  std::string state;

  static Result<FileState> of(int fd);
  bool operator==(const FileState&) const = default;
};

// Remembers digests of files by their FileState, in one small file each below
// <home>/cache/digests. Any change to a file's content changes its ctime, so a remembered
// digest is as good as a fresh one unless the clock or the kernel is tampered with; but for a
// writer that has the file mapped, so none is given of a file that has one (sys/writers.h). What
// others could have written there is not used (sys/trusted_path.h).
class DigestCache {
 public:
  explicit DigestCache(const std::string& home) : directory_(home + "/cache/digests") {}

  // The digest of the open file, computed only if it is not remembered. `path` is for errors, such
  // as that it changes while it is read, or can.
  Result<std::string> sha256(int fd, const std::string& path) const;

  // Notes the digest of a file that was hashed elsewhere, from this state on; not if it has another by now.
  void remember(int fd, const FileState& before, const std::string& digest) const;

  // Makes the next sha256() of this file read it.
  void forget(int fd) const;

  // True when sha256() would not have to read the file.
  bool remembers(int fd) const;

 private:
  std::string directory_;
};

}  // namespace mayfly
