// SPDX-License-Identifier: Apache-2.0
#include "guest/boot.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/fd.h"
#include "guest/cell.h"
#include "guest/device_links.h"
#include "guest/frozen.h"
#include "guest/kernel_command_line.h"
#include "guest/loopback.h"
#include "guest/scratch.h"
#include "guest/task_cgroup.h"
#include "guest/text_file.h"
#include "protocol/message.h"

namespace mayfly::guest {
namespace {

constexpr const char* kNewRoot = "/newroot";
constexpr std::string_view kRootOption = "mayfly.root";

struct Mount {
  const char* type;
  const char* target;
  unsigned long flags;
  const char* data;
};

// So large that none needs more, so small that a thousand threads find room among the addresses.
constexpr std::uint64_t kLargestStack = 64ULL << 30;

constexpr unsigned long kNoPrograms = MS_NOSUID | MS_NOEXEC;

// In the initramfs, and moved to the new root.
constexpr std::array kKernelMounts = {
    Mount{"proc", "/proc", kNoPrograms | MS_NODEV, nullptr},
    Mount{"sysfs", "/sys", kNoPrograms | MS_NODEV, nullptr},
    Mount{"devtmpfs", "/dev", MS_NOSUID, "mode=0755"},
};

// In the root that programs outside of the sandbox see. /dev/shm and /run may hold programs, as on any Linux.
constexpr std::array kRootMounts = {
    Mount{"devpts", "/dev/pts", kNoPrograms, "mode=0620,gid=5,ptmxmode=0666"},
    Mount{"tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777"},
    Mount{"tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755"},
    Mount{"cgroup2", kCgroupRoot, kNoPrograms | MS_NODEV, nullptr},
};

Result<void> attach(const char* source, const Mount& mount, const char* target) {
  ::mkdir(target, 0755);  // there already, or mount(2) says what is wrong
  const int failed = ::mount(source, target, mount.type, mount.flags, mount.data);
  if (!failed || errno == EBUSY) return {};
  return Error::system(std::string("mount ") + source + " on " + target, errno);
}

Result<void> attach(const Mount& mount) { return attach(mount.type, mount, mount.target); }

Result<void> move_into_new_root(const Mount& mount) {
  const std::string target = std::string(kNewRoot) + mount.target;
  ::mkdir(target.c_str(), 0755);
  if (::mount(mount.target, target.c_str(), nullptr, MS_MOVE, nullptr) == 0) return {};
  return Error::system("move " + std::string(mount.target) + " to " + target, errno);
}

Result<void> enter_new_root() {
  if (::chdir(kNewRoot) != 0) return Error::system("chdir to the new root", errno);
  if (::mount(".", "/", nullptr, MS_MOVE, nullptr) != 0) {
    return Error::system("move the new root to /", errno);
  }
  if (::chroot(".") != 0 || ::chdir("/") != 0) return Error::system("chroot", errno);
  return {};
}

Result<void> change_root(const std::string& device) {
  // The disk dies with the machine: access times are nobody's business.
  // Nor need the kernel clear, in the background, tables that nobody will use.
  const Mount root{"ext4", kNewRoot, MS_NOATIME, "noinit_itable"};
  if (auto done = attach(device.c_str(), root, kNewRoot); !done) return done;
  for (const Mount& mount : kKernelMounts) {
    if (auto done = move_into_new_root(mount); !done) return done;
  }
  return enter_new_root();
}

Result<void> change_root_if_asked() {
  const auto command_line = read_text(AT_FDCWD, "/proc/cmdline");
  if (!command_line) return command_line.error();
  const auto device = kernel_option(*command_line, kRootOption);
  return device ? change_root(*device) : Result<void>();
}

Result<void> enable_controllers() {
  const Fd root(::open(kCgroupRoot, O_DIRECTORY | O_CLOEXEC));
  const auto offered = read_text(root.get(), "cgroup.controllers");
  if (!offered) return offered.error();
  return write_text(root.get(), "cgroup.subtree_control", controllers_to_enable(*offered));
}

// A program may ask for more memory than this small machine has: what it then touches is counted, and is its verdict.
Result<void> promise_memory() { return write_text(AT_FDCWD, "/proc/sys/vm/overcommit_memory", "1"); }

// Of the agent, and so of every program. It may be raised.
Result<void> let_stacks_grow() {
  struct sysinfo machine{};
  ::sysinfo(&machine);
  const rlimit both{stack_limit(std::uint64_t{machine.totalram} * machine.mem_unit), RLIM_INFINITY};
  if (::setrlimit(RLIMIT_STACK, &both) == 0) return {};
  return Error::system("limit the stack", errno);
}

// The checker's room, where no program fills anything: /run is in memory, and no program's sandbox has it.
Result<void> make_checker_room() {
  if (::mkdir(kCheckerDirectory, 0700) == 0 && ::chown(kCheckerDirectory, kSandboxUser, kSandboxUser) == 0) return {};
  return Error::system(std::string("make ") + kCheckerDirectory, errno);
}

Result<void> bring_up_network() {
  return bring_up_loopback() ? Result<void>() : Error::system("bring up the loopback interface", errno);
}

// Remembers the first failure of several steps.
class Steps {
 public:
  void add(Result<void> step) {
    if (!step && first_) first_ = std::move(step);
  }
  Result<void> result() && { return std::move(first_); }

 private:
  Result<void> first_;
};

}  // namespace

std::string controllers_to_enable(std::string_view offered) {
  std::string words = " " + std::string(offered) + " ";
  std::replace(words.begin(), words.end(), '\n', ' ');
  std::string wanted;
  for (const std::string name : {"memory", "pids", "io", "cpu"}) {
    if (words.find(" " + name + " ") != std::string::npos) wanted += "+" + name + " ";
  }
  return wanted;
}

std::uint64_t stack_limit(std::uint64_t memory_bytes) { return std::min(memory_bytes, kLargestStack); }

Result<void> set_up_machine() {
  Steps steps;
  for (const Mount& mount : kKernelMounts) steps.add(attach(mount));
  steps.add(change_root_if_asked());
  for (const Mount& mount : kRootMounts) steps.add(attach(mount));
  steps.add(make_device_links("/dev"));  // devtmpfs does not
  steps.add(enable_controllers());
  steps.add(promise_memory());
  steps.add(let_stacks_grow());
  steps.add(bring_up_network());
  steps.add(make_checker_room());
  steps.add(freeze_counters());
  steps.add(make_scratch_place());
  return std::move(steps).result();
}

}  // namespace mayfly::guest
