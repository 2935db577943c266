// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace mayfly {

// Where a path has led to: a directory, and a name in it that is no link.
struct PathEnd {
  Fd directory = {};   // O_PATH; if the path ended in "/", "." or "..", the directory that is meant, and no name
  std::string name = {};
  Fd there = {};       // O_PATH, of what has that name; empty: nothing has
  struct stat status{};  // of it
  int descriptor = -1;  // or: the path means this descriptor of ours (/proc/self/fd/N)
};

enum class MissingDirectories { refuse, create };  // private ones: 0700

// Follows a path component by component. Links that belong to neither this user nor root are refused. Not inside a user
// namespace of our own, where root has no name.
Result<PathEnd> walk_path(const std::string& path, MissingDirectories missing = MissingDirectories::refuse);

// Whether what belongs to `uid` can be trusted like one's own: this user's, or root's.
bool is_ours(uid_t uid);

}  // namespace mayfly
