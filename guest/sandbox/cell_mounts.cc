// SPDX-License-Identifier: Apache-2.0
#include "cell_mounts.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string>

#include "guest/cell.h"
#include "guest/directory.h"
#include "guest/text_file.h"
#include "cell_landlock.h"

namespace mayfly::guest {
namespace {

// <fcntl.h> has it with newer libraries only.
constexpr unsigned kThisFile = 0x1000;  // AT_EMPTY_PATH

int open_directory(const char* path) {
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS;
  return static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how));
}

int copy_mount(int place) {
  return static_cast<int>(::syscall(SYS_open_tree, place, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | kThisFile));
}

bool map_owners(int tree, int owners) {
  mount_attr change{};
  change.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (owners < 0 ? 0 : MOUNT_ATTR_IDMAP);
  change.attr_clr = MOUNT_ATTR_RDONLY;
  change.userns_fd = owners < 0 ? 0 : static_cast<std::uint64_t>(owners);
  return ::syscall(SYS_mount_setattr, tree, "", kThisFile, &change, sizeof change) == 0;
}

// Half of the memory, as /tmp has.
constexpr const char* kLayer = "mode=0755,size=50%,nr_inodes=64k";

// As class Scratch has, in a file system of this namespace.
bool make_layer(int scratch, mode_t mode, uid_t owner) {
  return ::mkdirat(scratch, "new", 0700) == 0 && ::fchmodat(scratch, "new", mode, 0) == 0 &&
         ::fchownat(scratch, "new", owner, owner, 0) == 0 && ::mkdirat(scratch, "work", 0700) == 0;
}

const char* overlay(const char* path, int below, int scratch) {
  char layers[128];
  std::snprintf(layers, sizeof layers, "lowerdir=/proc/self/fd/%d,upperdir=/proc/self/fd/%d/new,workdir=/proc/self/fd/%d/work",
                below, scratch, scratch);
  return ::mount("overlay", path, "overlay", MS_NOSUID | MS_NODEV, layers) == 0 ? nullptr : "mount an overlay";
}

bool put_over(int tree, int place) {
  return ::syscall(SYS_move_mount, tree, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0;
}

bool mount_memory(const char* path) {
  if (::mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, kLayer) != 0) return false;
  return make_layer(open_directory(path), 0755, kSandboxUser);
}

// Three mounts, one over the other: what is there, what will be written (`scratch`, or in memory), and the overlay of
// both. Its layers must be mounts of this namespace.
const char* cover(const char* path, int scratch) {
  const int below = open_directory(path);
  if (below < 0) return "open what is to be covered";
  if (!(scratch < 0 ? mount_memory(path) : put_over(scratch, below))) return "mount a layer";
  return overlay(path, below, open_directory(path));
}

// A process that does nothing, in a user namespace of its own.
pid_t fork_holder() {
  const long pid = ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (pid == 0) {
    for (;;) ::pause();
  }
  return static_cast<pid_t>(pid);
}

Result<Fd> map_and_open(pid_t holder) {
  const std::string folder = "/proc/" + std::to_string(holder);
  const std::string map = "0 " + std::to_string(kSandboxUser) + " 1";
  for (const char* file : {"/uid_map", "/gid_map"}) {
    if (auto done = write_text(AT_FDCWD, (folder + file).c_str(), map); !done) return done.error();
  }
  Fd owners(::open((folder + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC));
  if (!owners) return Error::system("open the user namespace", errno);
  return owners;
}

}  // namespace

Result<Fd> make_owners() {
  const pid_t holder = fork_holder();
  if (holder < 0) return Error::system("sandbox: make a user namespace", errno);
  auto owners = map_and_open(holder);
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  return owners;
}

Result<void> make_own_directory(const std::string& path) {
  Fd directory(open_directory(path.c_str()));
  if (!directory && errno == ENOENT) {
    if (auto made = make_directories(AT_FDCWD, path); !made) return made;
    directory.reset(open_directory(path.c_str()));
  }
  if (!directory) return Error::system("open directory " + path, errno);
  return {};
}

Result<Fd> copy_directory(const char* path, int owners) {
  const Fd place(open_directory(path));
  if (!place) return Error::system(std::string("open directory ") + path, errno);
  Fd tree(copy_mount(place.get()));
  if (!tree || !map_owners(tree.get(), owners)) return Error::system(std::string("sandbox: map ") + path, errno);
  return tree;
}

const char* mount_own_directory(const char* path, int owners, int rules, bool fresh, int scratch) {
  const int place = open_directory(path);
  if (place < 0) return "open the directory";
  const int tree = copy_mount(place);
  if (tree < 0) return "open_tree";
  if (!map_owners(tree, owners)) return "mount_setattr";
  if (!put_over(tree, place)) return "move_mount";
  if (!fresh) return allow_all_below(rules, place);
  if (const char* failed = cover(path, scratch)) return failed;
  return allow_all_below(rules, open_directory(path));
}

const char* mount_over(int tree, const char* path) {
  return put_over(tree, open_directory(path)) ? nullptr : "move_mount";
}

const char* add_to_tmp(int given, int rules) {
  const int scratch = open_directory("/tmp");
  if (scratch < 0 || !make_layer(scratch, 01777, 0)) return "make a layer in /tmp";
  if (!put_over(given, scratch)) return "mount what was given";
  if (const char* failed = overlay("/tmp", open_directory("/tmp"), scratch)) return failed;
  return allow_all_below(rules, open_directory("/tmp"));
}

}  // namespace mayfly::guest
