// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace mayfly::guest {

// User and group of every sandboxed program, in no other group: neither root, nor nobody, nor anybody
// whom Debian knows.
inline constexpr uid_t kSandboxUser = 1000;

// The sandbox's place for one program: namespaces in which nothing runs yet but an init, which mayfly's agent
// forked. Whatever loses its parent in there becomes the init's, which does nothing but be there: the
// kernel reaps for it. Its end is the end of all that is in there.
//
// What happens where, in this order, because each step takes away what an earlier one needs:
//
//   init, while nobody waits for it
//     clone3      mount, PID, IPC and network namespaces of its own; in the agent's cgroup, so that the
//                 task's counts the task only
//     network     loopback alone
//     root        the machine's disk, read-only, and no mount of the machine's but that: no cgroups, no
//                 sysfs, no device of the agent's
//     /dev        null, zero, full, random, urandom, the usual links, and shm; nothing else
//     /proc       of its own, in which a program sees its own processes; counters of the whole machine are hidden
//                 or frozen, as one program could leave another a word in them
//     /tmp        fresh; in memory, since that is quick to make and gone with the namespace. Like
//                 /dev/shm it is charged to the task, and takes half of the machine's memory at most
//                 What the host has put into the machine's is in there, but not for a checker
//     pivot_root  the machine's own root is gone
//     Landlock    what each sandbox's rules have in common
//   the program's process, born for it (spawn.h, CellEntry), in the task's cgroup
//     clone3      into the PID namespace, as the agent's child: how it ended needs no messenger
//     namespaces  the others; one of its cgroup's own, in which that is the root
//     directory   the execution's own, mounted where it is in the machine, writable; what is root's on
//                 the disk is the sandbox user's there, and the other way round
//     pipes       given to the user, so that it can open /dev/stdout
//     rlimits     files, descriptors, no core; the stack grows until the memory limit, as judges expect
//     privileges  none: bounding set empty, user and group changed, no new privileges
//     Landlock    writes only below the directory, /tmp and /dev/shm, and to the devices
//     descriptors all closed but the three
//     seccomp     no system call that only an administrator or a debugger needs (syscall_filter.h)
class Cell {
 public:
  // Begins: returns when the init is born.
  static Result<Cell> create();

  Cell(Cell&&) noexcept = default;
  Cell& operator=(Cell&&) noexcept = delete;
  // Kills the init; whoever reaps the agent's children reaps it.
  ~Cell();

  // Kills the init and waits until the namespaces are gone; no program may live in there.
  void end();

  // Waits until the init has done its part, once. An error says which step failed.
  Result<void> wait();

  int init() const { return init_.get(); }        // a pidfd: for setns(2)
  int rules() const { return rules_.get(); }      // of Landlock; the directory's are added to them
  int root() const { return root_.get(); }        // its root directory: what is below is as the program sees it

 private:
  Cell(Fd init, Fd report) : init_(std::move(init)), report_(std::move(report)) {}

  Fd init_;
  Fd report_;
  Fd rules_;
  Fd root_;
};

// Has the next cell ready, so that no program waits for one to be made.
class Cells {
 public:
  // Should it fail, take() tries again, and tells.
  void prepare();
  Result<Cell> take();

  // The user namespace that maps the disk's root to the sandbox's user; there once one was taken.
  int owners() const { return owners_.get(); }

 private:
  Result<void> make();

  std::optional<Cell> next_;
  Fd owners_;
};

// True of the directory of a task's checker (kCheckerDirectory).
bool is_checkers(std::string_view path);

// Makes the directory of an execution, with its parents. It may lead over no symbolic link: a program that ran before
// may have laid one, and what is behind it would be the next one's.
Result<void> make_own_directory(const std::string& path);

}  // namespace mayfly::guest
