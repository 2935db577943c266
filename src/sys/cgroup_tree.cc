// SPDX-License-Identifier: Apache-2.0
// Where the groups of machines are made, and what dead processes left there.
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "base/id.h"
#include "sys/cgroup.h"
#include "sys/files.h"

namespace mayfly {
namespace {

constexpr const char* kShared = "mayfly";    // the directory of all mayflies
constexpr const char* kOurselves = "self";   // where we move to, see CgroupTree
constexpr std::array<std::string_view, 4> kControllers = {"cpu", "io", "memory", "pids"};
constexpr std::size_t kMaxProcFile = 4 << 20;
constexpr int kMaxAttempts = 8;  // each lost only to another's start or end at the very same moment
constexpr int kDeathMs = 5000;  // of a process that was sent SIGKILL, however busy the host

struct CloseDirectory {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

Fd open_directory(int at, const char* name) { return Fd(::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)); }

bool write_to(int at, const char* file, std::string_view text) {
  const Fd fd(::openat(at, file, O_WRONLY | O_CLOEXEC));
  return fd && ::write(fd.get(), text.data(), text.size()) >= 0;
}

std::string read_at(int at, const char* file) {
  const Fd fd(::openat(at, file, O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> text;
  const ssize_t size = fd ? ::read(fd.get(), text.data(), text.size()) : 0;
  return std::string(text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
}

std::vector<std::string> subdirectories(int at) {
  std::vector<std::string> names;
  std::unique_ptr<DIR, CloseDirectory> dir(::fdopendir(::openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) {
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  return names;
}

// The kernel says when the last process of a group is gone (cgroup.events, POLLPRI).
void wait_until_empty(int group) {
  const Fd events(::openat(group, "cgroup.events", O_RDONLY | O_CLOEXEC));
  std::array<char, 128> text;
  while (events) {
    const ssize_t size = ::pread(events.get(), text.data(), text.size(), 0);
    if (size <= 0 || std::string_view(text.data(), static_cast<std::size_t>(size)).find("populated 1") == std::string_view::npos) return;
    pollfd changed{events.get(), POLLPRI, 0};
    if (::poll(&changed, 1, kDeathMs) <= 0) return;
  }
}

// Version 1 cannot kill a group; its processes are those of the unified group, or have died
// with their mayfly.
void remove_group(int parent, const std::string& name) {
  const Fd group = open_directory(parent, name.c_str());
  if (!group) return;
  if (write_to(group.get(), "cgroup.kill", "1")) wait_until_empty(group.get());
  for (const std::string& child : subdirectories(group.get())) ::unlinkat(group.get(), child.c_str(), AT_REMOVEDIR);
  ::unlinkat(parent, name.c_str(), AT_REMOVEDIR);
}

// We may have moved into one that has lost its lock: see ~CgroupTree.
bool holds_ourselves(const std::string& name) {
  const auto own = read_file("/proc/self/cgroup", kMaxProcFile);
  return !own || own->find("/" + std::string(kShared) + "/" + name + "/") != std::string::npos;
}

// Only a directory whose lock can be taken: that of a living mayfly is never touched.
void sweep(int shared) {
  for (const std::string& name : subdirectories(shared)) {
    if (holds_ourselves(name)) continue;
    const Fd directory = open_directory(shared, name.c_str());
    if (directory && ::flock(directory.get(), LOCK_EX | LOCK_NB) == 0) remove_group(shared, name);
  }
}

// A lock that another start's sweep holds for a moment is waited for. Private, as whoever can open a directory can hold
// its lock.
Fd make_locked(int shared, const std::string& name) {
  if (::mkdirat(shared, name.c_str(), 0700) < 0) return Fd();
  Fd directory = open_directory(shared, name.c_str());
  if (directory && ::flock(directory.get(), LOCK_EX) < 0) directory.reset();
  struct stat named {}, held {};
  const bool there = directory && ::fstatat(shared, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
                     ::fstat(directory.get(), &held) == 0 && named.st_ino == held.st_ino;
  if (there) return directory;
  ::unlinkat(shared, name.c_str(), AT_REMOVEDIR);  // no descriptor could be had, say
  return Fd();
}

// Our directory below `parent`, and nothing of the dead beside it. Empty: not writable.
Fd make_ours(const Fd& parent, const std::string& name) {
  for (int attempt = 0; parent && attempt < kMaxAttempts; ++attempt) {
    if (::mkdirat(parent.get(), kShared, 0755) < 0 && errno != EEXIST) break;
    const Fd shared = open_directory(parent.get(), kShared);
    if (!shared) continue;
    sweep(shared.get());
    if (Fd ours = make_locked(shared.get(), name)) return ours;
  }
  return Fd();
}

// Of those that we want, the ones that a file of the group names.
std::vector<std::string> controllers_in(int group, const char* file) {
  std::string text = " " + read_at(group, file);
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::vector<std::string> out;
  for (std::string_view controller : kControllers) {
    if (text.find(" " + std::string(controller) + " ") != std::string::npos) out.emplace_back(controller);
  }
  return out;
}

std::string signed_controllers(int group, char sign) {
  std::string text;
  for (const std::string& controller : controllers_in(group, "cgroup.controllers")) text += (text.empty() ? "" : " ") + (sign + controller);
  return text;
}

void disable_controllers(int group) { write_to(group, "cgroup.subtree_control", signed_controllers(group, '-')); }

// All at once or none: in a group with processes the kernel would accept some of them, and make it one of threads,
// below which no process can be. Where one alone cannot be had, the others can.
void enable_controllers(int group) {
  if (write_to(group, "cgroup.subtree_control", signed_controllers(group, '+')) || errno == EBUSY || errno == EOPNOTSUPP) return;
  for (const std::string& controller : controllers_in(group, "cgroup.controllers")) write_to(group, "cgroup.subtree_control", "+" + controller);
}

std::vector<std::string> enabled_controllers(int group) { return controllers_in(group, "cgroup.subtree_control"); }

std::string unified_name(const std::string& v1_name) { return v1_name == "blkio" ? "io" : v1_name; }

}  // namespace

CgroupTree CgroupTree::open(const std::string& name) {
  CgroupTree tree;
  const auto mountinfo = read_file("/proc/self/mountinfo", kMaxProcFile);
  const auto own = read_file("/proc/self/cgroup", kMaxProcFile);
  if (!mountinfo || !own) {
    tree.why_not_ = "/proc cannot be read";
    return tree;
  }
  const auto mounts = parse_cgroup_mounts(*mountinfo, *own);
  for (const CgroupMount& mount : mounts) {
    if (mount.v2) tree.add_unified(mount, name);
    if (!mount.v2 && !tree.has(unified_name(mount.controllers.front()))) tree.add_legacy(mount, name);
  }
  if (mounts.empty()) tree.why_not_ = "no cgroup file system is mounted (mount -t cgroup2 cgroup2 /sys/fs/cgroup)";
  if (tree.has("memory")) tree.why_not_.clear();
  else if (tree.why_not_.empty()) tree.why_not_ = "the controllers are not delegated to this cgroup";
  return tree;
}

void CgroupTree::add_unified(const CgroupMount& mount, const std::string& name) {
  const std::string& base = ::geteuid() == 0 ? mount.root : mount.own;
  const Fd parent = open_directory(AT_FDCWD, base.c_str());
  Fd ours = make_ours(parent, name);
  if (!ours) {
    why_not_ = base + " is not writable for this user";
    return;
  }
  enable_controllers(parent.get());
  if (enabled_controllers(parent.get()).empty() && !controllers_in(parent.get(), "cgroup.controllers").empty()) {
    make_way(parent.get(), ours.get());
    if (enabled_controllers(parent.get()).empty()) why_not_ = "other processes are in the cgroup " + base + ", beside mayfly";
  }
  const Fd shared = open_directory(parent.get(), kShared);
  if (shared) enable_controllers(shared.get());
  enable_controllers(ours.get());
  hierarchies_.push_back({true, enabled_controllers(ours.get()), base + "/" + kShared + "/" + name, std::move(ours)});
}

// A group that passes controllers on can have no processes: we are in the way.
void CgroupTree::make_way(int parent, int ours) {
  ::mkdirat(ours, kOurselves, 0755);
  const Fd self = open_directory(ours, kOurselves);
  if (!self || !write_to(self.get(), "cgroup.procs", "0")) return;
  way_made_in_.reset(::fcntl(parent, F_DUPFD_CLOEXEC, 3));
  enable_controllers(parent);
}

// Back to where we were; not while others use the controllers.
void CgroupTree::undo_way() {
  const CgroupHierarchy& unified = hierarchies_.front();
  const Fd shared = open_directory(way_made_in_.get(), kShared);
  for (const int group : {unified.directory.get(), shared.get(), way_made_in_.get()}) disable_controllers(group);
  if (write_to(way_made_in_.get(), "cgroup.procs", "0")) ::unlinkat(unified.directory.get(), kOurselves, AT_REMOVEDIR);
}

void CgroupTree::add_legacy(const CgroupMount& mount, const std::string& name) {
  Fd ours = make_ours(open_directory(AT_FDCWD, mount.own.c_str()), name);
  if (!ours) return;
  std::vector<std::string> controllers;
  for (const std::string& controller : mount.controllers) controllers.push_back(unified_name(controller));
  hierarchies_.push_back({false, std::move(controllers), mount.own + "/" + kShared + "/" + name, std::move(ours)});
}

CgroupTree::~CgroupTree() {
  if (way_made_in_ && has_unified()) undo_way();
  for (CgroupHierarchy& hierarchy : hierarchies_) {
    if (!hierarchy.directory) continue;
    // Of machines that were given up, or whose kernel threads (KVM's) took their time.
    for (const std::string& group : subdirectories(hierarchy.directory.get())) {
      if (group != kOurselves) remove_group(hierarchy.directory.get(), group);
    }
    ::rmdir(hierarchy.path.c_str());
    ::rmdir(hierarchy.path.substr(0, hierarchy.path.rfind('/')).c_str());  // unless others use it
  }
}

bool CgroupTree::has(std::string_view controller) const {
  return std::any_of(hierarchies_.begin(), hierarchies_.end(), [&](const CgroupHierarchy& hierarchy) {
    return std::find(hierarchy.controllers.begin(), hierarchy.controllers.end(), controller) != hierarchy.controllers.end();
  });
}

bool CgroupTree::has_unified() const { return !hierarchies_.empty() && hierarchies_.front().v2; }

std::vector<std::string> CgroupTree::receipt() const {
  std::vector<std::string> out;
  for (const CgroupHierarchy& hierarchy : hierarchies_) {
    const std::string version = hierarchy.v2 ? "v2" : "v1";
    // A unified hierarchy without controllers tells who is who, and limits nothing.
    if (hierarchy.v2 && hierarchy.controllers.empty()) continue;
    if (std::find(out.begin(), out.end(), version) == out.end()) out.push_back(version);
  }
  for (std::string_view controller : kControllers) {
    if (has(controller)) out.emplace_back(controller);
  }
  return out;
}

}  // namespace mayfly
