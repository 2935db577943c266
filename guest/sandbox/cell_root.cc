// SPDX-License-Identifier: Apache-2.0
#include "cell_root.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "guest/device_links.h"
#include "guest/frozen.h"

namespace mayfly::guest {
namespace {

// Where the new root is put together. Any directory will do: nobody else sees it.
constexpr const char* kPlace = "/tmp";

// Half of the memory, so that a program which fills one finds it full; in the number of files too.
constexpr const char* kScratch = "mode=1777,size=50%,nr_inodes=64k";
constexpr const char* kDevices = "mode=0755,size=50%,nr_inodes=64k";  // with shm

// Others' processes are not shown. Runtimes size themselves by meminfo and cpuinfo.
constexpr const char* kProcesses = "hidepid=2";

// Of proc, what counts for the whole machine, so that one case could leave a word for the next, and what no program
// needs. Those that runtimes read are frozen (guest/frozen.h).
constexpr const char* kHiddenFiles[] = {
    "proc/buddyinfo", "proc/diskstats", "proc/interrupts", "proc/key-users", "proc/locks", "proc/pagetypeinfo",
    "proc/schedstat", "proc/slabinfo", "proc/softirqs", "proc/swaps", "proc/timer_list", "proc/vmstat",
    "proc/zoneinfo", "proc/sys/fs/aio-nr", "proc/sys/fs/dentry-state", "proc/sys/fs/file-nr", "proc/sys/fs/inode-nr", "proc/sys/fs/inode-state"};
constexpr const char* kHiddenFolders[] = {"proc/driver", "proc/fs", "proc/irq", "proc/sys/fs/quota", "proc/tty"};

constexpr unsigned long kNoPrivileges = MS_NOSUID | MS_NODEV;

struct Device {
  const char* name;
  unsigned minor_number;
};

constexpr unsigned kMemoryDevices = 1;  // major number
constexpr Device kDeviceNodes[] = {{"null", 3}, {"zero", 5}, {"full", 7}, {"random", 8}, {"urandom", 9}};

bool mount_on(const char* type, const char* target, unsigned long flags, const char* data) {
  return ::mount(type, target, type, flags, data) == 0;
}

bool bind_root() {
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("/", kPlace, nullptr, MS_BIND, nullptr) == 0 &&
         ::mount(nullptr, kPlace, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kNoPrivileges, nullptr) == 0 &&
         ::chdir(kPlace) == 0;
}

// In the folder `dev`, which is the root's own to write: users can only use what is there.
bool fill_devices() {
  for (const Device& device : kDeviceNodes) {
    const auto number = makedev(kMemoryDevices, device.minor_number);
    if (::mknodat(AT_FDCWD, device.name, S_IFCHR | 0666, number) != 0) return false;
  }
  return ::mkdir("shm", 01777) == 0 && make_device_links(".").ok();
}

bool make_devices() {
  return mount_on("tmpfs", "dev", MS_NOSUID, kDevices) && ::chdir("dev") == 0 && fill_devices() && ::chdir("..") == 0;
}

// A kernel may lack some of them.
bool hide(bool hidden) { return hidden || errno == ENOENT; }

bool hide_counters() {
  for (const char* file : kHiddenFiles) {
    if (!hide(::mount("dev/null", file, nullptr, MS_BIND, nullptr) == 0)) return false;
  }
  for (const char* folder : kHiddenFolders) {
    if (!hide(mount_on("tmpfs", folder, kNoPrivileges | MS_RDONLY, "mode=0555,nr_inodes=1"))) return false;
  }
  return cover_counters();
}

bool enter_root() {
  return ::syscall(SYS_pivot_root, ".", ".") == 0 && ::umount2(".", MNT_DETACH) == 0 && ::chdir("/") == 0;
}

}  // namespace

const char* make_root() {
  ::umask(0);
  if (!bind_root()) return "bind the root";
  if (!make_devices()) return "make /dev";
  if (!mount_on("proc", "proc", kNoPrivileges | MS_NOEXEC, kProcesses)) return "mount /proc";
  if (!hide_counters()) return "hide counters of /proc";
  if (!mount_on("tmpfs", "tmp", kNoPrivileges, kScratch)) return "mount /tmp";
  return enter_root() ? nullptr : "enter the root";
}

}  // namespace mayfly::guest
