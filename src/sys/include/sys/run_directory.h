// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace mayfly {

// The directory of one mayfly process below <home>/run, held by flock(2) on the directory
// itself as long as the process lives, however it ends. The destructor
// removes it, and so does an assignment.
class RunDirectory {
 public:
  // Creates and locks a fresh directory, after removing those of dead processes: only a
  // directory whose lock can be taken is touched, so a living mayfly's never is. <home> must be
  // trusted (sys/trusted_path.h), <home>/run no link. What the sweep removes has the name, owner and
  // mode of a run directory, and holds nothing but files that have the names of ours.
  static Result<RunDirectory> create(const std::string& home);

  RunDirectory(RunDirectory&&) noexcept = default;
  RunDirectory& operator=(RunDirectory&& other) noexcept;
  ~RunDirectory();

  const std::string& path() const { return path_; }

  // An unnamed file on this directory's file system (O_TMPFILE): it vanishes with its last
  // descriptor, so no crash can leave it behind. Where the file system has no such files,
  // a named one that is unlinked at once.
  Result<Fd> anonymous_file() const;

 private:
  RunDirectory(std::string path, Fd parent, Fd fd) : path_(std::move(path)), parent_(std::move(parent)), fd_(std::move(fd)) {}

  std::string path_;
  Fd parent_;  // <home>/run
  Fd fd_;
};

}  // namespace mayfly
