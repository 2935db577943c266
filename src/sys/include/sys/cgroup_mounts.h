// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mayfly {

// A mounted cgroup hierarchy and where this process is in it.
struct CgroupMount {
  bool v2 = false;
  std::vector<std::string> controllers;  // v1 only: what it was mounted with
  std::string root;                      // directory of the hierarchy's root, as we see it
  std::string own;                       // directory of our own cgroup
};

// From the texts of /proc/self/mountinfo and /proc/self/cgroup (proc(5), cgroups(7)). The
// unified hierarchy, if it is mounted, comes first.
std::vector<CgroupMount> parse_cgroup_mounts(std::string_view mountinfo, std::string_view cgroup);

}  // namespace mayfly
