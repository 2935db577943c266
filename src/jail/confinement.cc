// SPDX-License-Identifier: Apache-2.0
#include "jail/confinement.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "base/id.h"
#include "base/user.h"
#include "jail/jail.h"
#include "landlock.h"
#include "root.h"
#include "syscall_filter.h"

namespace mayfly {
namespace {

// Who it is in its own namespace.
constexpr unsigned kInnerId = 1000;

// Were the host short of memory, its VMMs should be the first to go, and never mayfly.
constexpr const char* kOomScore = "500";

// A new UTS namespace has the host's name until it gets its own.
constexpr std::string_view kHostName = "vmm";

// Shorter than any core file, so there is none; and the kernel's sign for none to a program either, which 0 is not
// (core_pattern with "|", see core(5)).
constexpr std::int64_t kNoCore = 1;

// They count for the user who runs mayfly, who is to have some left.
constexpr std::int64_t kPendingSignals = 64;

// All in terms of system calls: see ChildSetup.

bool write_text(const char* path, const char* text, std::size_t size) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  const bool written = fd >= 0 && ::write(fd, text, size) == static_cast<ssize_t>(size);
  if (fd >= 0) ::close(fd);
  return written;
}

bool write_text(const char* path, const char* text) { return write_text(path, text, std::strlen(text)); }

// "<inner> <outer> 1\n", without printf, which may allocate.
bool write_map(const char* path, unsigned outer) {
  char text[32];
  std::size_t end = sizeof text;
  const auto put_number = [&](unsigned value) {
    do text[--end] = static_cast<char>('0' + value % 10);
    while ((value /= 10) != 0);
  };
  text[--end] = '\n';
  put_number(1);
  text[--end] = ' ';
  put_number(outer);
  text[--end] = ' ';
  put_number(kInnerId);
  return write_text(path, text + end, sizeof text - end);
}

bool map_user(uid_t uid, gid_t gid) {
  // A change of uid has taken the files in /proc/self from us; this gives them back.
  ::prctl(PR_SET_DUMPABLE, 1);
  return ::unshare(CLONE_NEWUSER) == 0 && write_text("/proc/self/setgroups", "deny") &&
         write_map("/proc/self/uid_map", uid) && write_map("/proc/self/gid_map", gid);
}

bool limit(int resource, std::int64_t value) {
  const auto wanted = static_cast<rlim_t>(value);
  rlimit now{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &now) < 0) return false;
  const rlimit limits{std::min(wanted, now.rlim_max), std::min(wanted, now.rlim_max)};
  return ::setrlimit(static_cast<__rlimit_resource>(resource), &limits) == 0;
}

// A user namespace's first process has all capabilities in it; what follows has none.
bool drop_privileges() {
  int capability = 0;
  while (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) ++capability;
  if (errno != EINVAL) return false;  // there is none of that number
  if (::prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
                                     SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED) < 0) {
    return false;
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  return ::syscall(SYS_capset, &header, none) == 0 && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

// A write beyond RLIMIT_FSIZE is to fail, not to kill.
bool ignore_file_size_signal() {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  return ::sigaction(SIGXFSZ, &ignore, nullptr) == 0;
}

}  // namespace

Result<Confinement> Confinement::create(const Jail* jail, const Cgroup* cgroup, const ProcessLimits& limits) {
  Confinement confinement(jail, cgroup, limits);
  if (!jail) return confinement;
  const auto bytes = random_bytes(sizeof confinement.cookie_);
  if (!bytes) return bytes.error();
  std::memcpy(confinement.cookie_.data(), bytes->data(), sizeof confinement.cookie_);
  confinement.exec_filter_ = make_exec_filter(confinement.cookie_);
  return confinement;
}

std::uint64_t Confinement::clone_flags() const { return jail_ ? CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS : 0; }

const char* Confinement::enter(pid_t pid) const {
  if (const char* failed = enter_cgroups()) return failed;
  if (jail_) {
    if (const char* failed = enter_root()) return failed;
    if (const char* failed = make_devices(pid)) return failed;
    // EACCES: an ordinary user's that inherited a higher one, which is as good.
    if (!write_text("/proc/self/oom_score_adj", kOomScore) && errno != EACCES) return "jail: /proc/self/oom_score_adj";
    if (const char* failed = change_user(pid)) return failed;
  }
  if (const char* failed = set_limits()) return failed;
  if (!jail_) return nullptr;
  if (!drop_privileges()) return "jail: drop privileges";
  if (!restrict_by_landlock(jail_->landlock_.get())) return "jail: landlock_restrict_self";
  return nullptr;
}

const char* Confinement::enter_cgroups() const {
  if (!cgroup_) return nullptr;
  for (const Fd& entrance : cgroup_->entrances()) {
    if (::write(entrance.get(), "0", 1) < 0) return "enter a cgroup (v1)";
  }
  return nullptr;
}

const char* Confinement::enter_root() const {
  if (::setns(jail_->mounts_.get(), CLONE_NEWNS) < 0) return "jail: enter the mount namespace";
  if (::setns(jail_->network_.get(), CLONE_NEWNET) < 0) return "jail: enter the network namespace";
  if (::unshare(CLONE_NEWNS | CLONE_NEWCGROUP) < 0) return "jail: unshare the mount and cgroup namespaces";
  if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "subset=pid") < 0) return "jail: mount proc";
  if (::sethostname(kHostName.data(), kHostName.size()) < 0) return "jail: set the host name";
  return ::chdir("/") < 0 ? "jail: enter the root" : nullptr;
}

// While it is root still.
const char* Confinement::make_devices(pid_t pid) const {
  if (jail_->own_devices_.empty()) return nullptr;
  constexpr unsigned long kRestricted = MS_NOSUID | MS_NOEXEC;
  if (::mount("devices", kOwnDevices, "tmpfs", kRestricted, "mode=0755,size=4k") < 0) return "jail: mount a file system for devices";
  for (const OwnDevice& device : jail_->own_devices_) {
    if (::mknod(device.path.c_str(), S_IFCHR | 0600, device.number) < 0) return "jail: make a device";
    if (::chown(device.path.c_str(), jail_->uids_.of(pid), jail_->uids_.of(pid)) < 0) return "jail: give a device away";
  }
  const bool sealed = ::mount(nullptr, kOwnDevices, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kRestricted, nullptr) == 0;
  return sealed ? nullptr : "jail: make the devices' folder read-only";
}

const char* Confinement::change_user(pid_t pid) const {
  const bool dedicated = jail_->user_ == JailUser::dedicated;
  const uid_t own = jail_->uids_.of(pid);
  if (dedicated && !become_user(own)) return "jail: change to a uid of its own";
  if (!map_user(dedicated ? own : jail_->uid_, dedicated ? own : jail_->gid_)) return "jail: make a user namespace";
  return nullptr;
}

const char* Confinement::set_limits() const {
  const bool counted = jail_ && jail_->counts_threads_ && limits_.threads > 0;
  const bool set = ignore_file_size_signal() && limit(RLIMIT_CORE, kNoCore) && limit(RLIMIT_SIGPENDING, kPendingSignals) &&
                   limit(RLIMIT_FSIZE, limits_.file_bytes) &&
                   limit(RLIMIT_NOFILE, limits_.descriptors) &&
                   (!counted || limit(RLIMIT_NPROC, limits_.threads));
  return set ? nullptr : "set limits";
}

const char* Confinement::lock() const {
  if (!jail_) return nullptr;
  if (!install_filter(exec_filter_) || !install_filter(jail_->filter_)) return "jail: seccomp";
  return nullptr;
}

}  // namespace mayfly
