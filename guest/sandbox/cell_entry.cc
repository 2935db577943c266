// SPDX-License-Identifier: Apache-2.0
#include "guest/cell_entry.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "guest/cell_filter.h"
#include "base/user.h"
#include "cell_landlock.h"
#include "cell_mounts.h"

namespace mayfly::guest {
namespace {

constexpr int kNamespaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET;

bool give_pipes() {
  for (const int end : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fchown(end, kSandboxUser, kSandboxUser) != 0) return false;
  }
  return true;
}

bool empty_bounding_set() {
  int capability = 0;
  while (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) ++capability;
  return errno == EINVAL;  // there is none of that number
}

// With the last uid of root the kernel takes all capabilities away.
bool drop_privileges() {
  return empty_bounding_set() && become_user(kSandboxUser) && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

bool limit(pid_t pid, __rlimit_resource resource, rlim_t value) {
  const rlimit both{value, value};
  return ::prlimit(pid, resource, &both, nullptr) == 0;
}

bool limit_if_asked(pid_t pid, __rlimit_resource resource, std::int64_t value) {
  return value == 0 || limit(pid, resource, static_cast<rlim_t>(value));
}

}  // namespace

// Processes are counted by the cgroup: what the kernel allows each user of a small machine may be less.
bool limit_process(pid_t pid, const Sandbox& wanted) {
  return limit_if_asked(pid, RLIMIT_NOFILE, wanted.open_files) && limit_if_asked(pid, RLIMIT_FSIZE, wanted.file_bytes) &&
         (wanted.processes == 0 || limit(pid, RLIMIT_NPROC, RLIM_INFINITY)) && limit(pid, RLIMIT_CORE, 0);
}

const char* CellEntry::enter() const {
  if (::setns(cell_.init(), kNamespaces) != 0 || ::unshare(CLONE_NEWCGROUP) != 0) return "enter the namespaces";
  if (const char* failed = add_places()) return failed;
  if (!give_pipes()) return "give the pipes to the user";
  if (!limit_process(0, wanted_)) return "set limits";
  if (!drop_privileges()) return "drop privileges";
  return restrict_by(cell_.rules());
}

const char* CellEntry::add_places() const {
  const int rules = cell_.rules();
  const char* failed = nullptr;
  if (places_.shown >= 0) {
    failed = is_checkers(wanted_.directory) ? mount_over(places_.shown, "/run") : add_to_tmp(places_.shown, rules);
  }
  if (failed) return failed;
  return mount_own_directory(wanted_.directory.c_str(), places_.owners, rules, wanted_.fresh, places_.scratch);
}

const char* CellEntry::lock() const { return install_syscall_filter(); }

}  // namespace mayfly::guest
