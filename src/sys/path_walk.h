// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <functional>
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

// Asked for each directory, each link and the end of a path: its descriptor (O_PATH), its status, and where it is, without
// links; there is more to come where it is `on_the_way`. An error ends the walk.
using CheckPlace = std::function<Result<void>(int fd, const struct stat& status, const std::string& place, bool on_the_way)>;

// Links that belong to neither this user nor root are refused.
Result<void> refuse_links_of_others(int fd, const struct stat& status, const std::string& place, bool on_the_way);

// Follows a path component by component, from descriptor to descriptor: what was checked is what is entered.
Result<PathEnd> walk_path(const std::string& path, MissingDirectories missing = MissingDirectories::refuse,
                          const CheckPlace& check = refuse_links_of_others);

// Whether what belongs to `uid` can be trusted like one's own: this user's, or root's. In a user namespace that does not map
// root, files of all unmapped users look alike: there those count as root's if "/" is theirs, too.
bool is_ours(uid_t uid);

}  // namespace mayfly
