// SPDX-License-Identifier: Apache-2.0
#include "sys/cgroup_mounts.h"

#include <algorithm>
#include <iterator>
#include <optional>

namespace mayfly {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// Where our cgroup is, seen from the hierarchy's root: "4:memory:/path", "0::/path".
std::optional<std::string> own_path(const std::vector<std::string>& lines, const std::string& controller) {
  for (const std::string& line : lines) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto names = split(std::string_view(line).substr(first + 1, second - first - 1), ',');
    const bool found = controller.empty() ? names.empty() && line.starts_with("0:")
                                          : std::find(names.begin(), names.end(), controller) != names.end();
    if (found) return line.substr(second + 1);
  }
  return std::nullopt;
}

// The mount may show only a part of the hierarchy, as in a container: what it shows begins at `root`.
std::string below(const std::string& mount_point, const std::string& root, const std::string& path) {
  std::string rest = root == "/" ? path : path.starts_with(root) ? path.substr(root.size()) : "";
  if (rest == "/") rest.clear();
  return mount_point + rest;
}

// Options of a v1 superblock that are controllers: all but flags and "name=".
std::vector<std::string> controllers_of(const std::string& super_options) {
  constexpr std::string_view kKnown[] = {"cpu", "cpuacct", "memory", "pids", "blkio"};
  std::vector<std::string> out;
  for (std::string& option : split(super_options, ',')) {
    if (std::find(std::begin(kKnown), std::end(kKnown), option) != std::end(kKnown)) out.push_back(std::move(option));
  }
  return out;
}

std::optional<CgroupMount> parse_mount(const std::string& line, const std::vector<std::string>& own) {
  const std::size_t dash = line.find(" - ");
  if (dash == std::string::npos) return std::nullopt;
  const auto left = split(std::string_view(line).substr(0, dash), ' ');
  const auto right = split(std::string_view(line).substr(dash + 3), ' ');
  if (left.size() < 5 || right.size() < 3) return std::nullopt;
  CgroupMount mount;
  mount.v2 = right[0] == "cgroup2";
  if (!mount.v2 && right[0] != "cgroup") return std::nullopt;
  if (!mount.v2) mount.controllers = controllers_of(right[2]);
  if (!mount.v2 && mount.controllers.empty()) return std::nullopt;
  const auto path = own_path(own, mount.v2 ? "" : mount.controllers.front());
  if (!path) return std::nullopt;
  mount.root = left[4];
  mount.own = below(mount.root, left[3], *path);
  return mount;
}

}  // namespace

std::vector<CgroupMount> parse_cgroup_mounts(std::string_view mountinfo, std::string_view cgroup) {
  const auto own = split(cgroup, '\n');
  std::vector<CgroupMount> mounts;
  for (const std::string& line : split(mountinfo, '\n')) {
    if (auto mount = parse_mount(line, own)) mounts.push_back(*std::move(mount));
  }
  std::stable_sort(mounts.begin(), mounts.end(), [](const auto& a, const auto& b) { return a.v2 && !b.v2; });
  return mounts;
}

}  // namespace mayfly
