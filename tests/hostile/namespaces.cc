// SPDX-License-Identifier: Apache-2.0
//
// Namespaces and mounts: a way to rights that the kernel gives in a namespace of one's own.
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "attempt.h"
#include "child.h"

// sys/mount.h and linux/mount.h do not go together in all versions of libc.
#define MNT_DETACH 2

namespace hostile {
namespace {

std::uint64_t flag_of(const Attempt& attempt) {
  constexpr struct {
    std::string_view name;
    std::uint64_t flag;
  } kKinds[] = {{"user", CLONE_NEWUSER}, {"mount", CLONE_NEWNS}, {"net", CLONE_NEWNET},
                {"pid", CLONE_NEWPID},   {"ipc", CLONE_NEWIPC},  {"uts", CLONE_NEWUTS},
                {"cgroup", CLONE_NEWCGROUP}, {"time", CLONE_NEWTIME}};
  for (const auto& kind : kKinds) {
    if (kind.name == attempt.text("kind")) return kind.flag;
  }
  return 0;
}

Outcome unshare_namespace(const Attempt& attempt) {
  return judge("unshare", ::syscall(SYS_unshare, flag_of(attempt)));
}

Outcome clone_namespace(const Attempt& attempt) {
  return let_child_speak(attempt, "clone",
                         ::syscall(SYS_clone, flag_of(attempt) | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

Outcome clone3_namespace(const Attempt& attempt) {
  return let_child_speak(attempt, "clone3", clone3_process(flag_of(attempt)));
}

Outcome setns_process(const Attempt& attempt) {
  const auto pidfd = static_cast<int>(::syscall(SYS_pidfd_open, attempt.number("pid"), 0));
  if (pidfd < 0) return judge("pidfd_open", pidfd);
  return judge("setns", ::syscall(SYS_setns, pidfd, flag_of(attempt)));
}

// A descriptor of a directory or namespace that was left open would be a way out.
Outcome setns_path(const Attempt& attempt) {
  const auto fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, attempt.text("path").c_str(), O_RDONLY));
  if (fd < 0) return judge("openat", fd);
  return judge("setns", ::syscall(SYS_setns, fd, 0));
}

const char* path_of(const Attempt& attempt) { return attempt.text("path").c_str(); }

Outcome mount_tmpfs(const Attempt& attempt) {
  return judge("mount", ::syscall(SYS_mount, "none", path_of(attempt), "tmpfs", 0L, nullptr));
}

// Without a place in the tree yet, but with a descriptor that can be used like any directory.
Outcome new_mount(const Attempt&) {
  const auto fs = static_cast<int>(::syscall(SYS_fsopen, "tmpfs", 0));
  if (fs < 0) return judge("fsopen", fs);
  if (::syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) < 0) return judge("fsconfig", -1);
  return judge("fsmount", ::syscall(SYS_fsmount, fs, 0, 0));
}

Outcome clone_tree(const Attempt& attempt) {
  return judge("open_tree", ::syscall(SYS_open_tree, AT_FDCWD, path_of(attempt), OPEN_TREE_CLONE));
}

Outcome unmount(const Attempt& attempt) {
  return judge("umount2", ::syscall(SYS_umount2, path_of(attempt), MNT_DETACH));
}

Outcome pivot(const Attempt& attempt) {
  if (::syscall(SYS_chdir, path_of(attempt)) < 0) return judge("chdir", -1);
  return judge("pivot_root", ::syscall(SYS_pivot_root, ".", "."));
}

Outcome change_root(const Attempt& attempt) {
  return judge("chroot", ::syscall(SYS_chroot, path_of(attempt)));
}

Outcome set_host_name(const Attempt&) { return judge("sethostname", ::syscall(SYS_sethostname, "owned", 5L)); }

constexpr Attack kAttacks[] = {
    {"unshare", unshare_namespace},
    {"clone_namespace", clone_namespace},
    {"clone3_namespace", clone3_namespace},
    {"setns", setns_process},
    {"setns_path", setns_path},
    {"mount", mount_tmpfs},
    {"new_mount", new_mount},
    {"clone_tree", clone_tree},
    {"umount", unmount},
    {"pivot_root", pivot},
    {"chroot", change_root},
    {"sethostname", set_host_name},
};

}  // namespace

std::span<const Attack> namespace_attacks() { return kAttacks; }

}  // namespace hostile
