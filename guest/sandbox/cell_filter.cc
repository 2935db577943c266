// SPDX-License-Identifier: Apache-2.0
#include "guest/cell_filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace mayfly::guest {
namespace {

constexpr std::uint32_t kNative = AUDIT_ARCH_X86_64;
constexpr std::uint32_t kX32 = 0x40000000;
constexpr std::uint32_t kNewNamespace =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
constexpr std::uint32_t kAskPersonality = 0xffffffff;

constexpr std::uint32_t kDenied[] = {
    // mounts and roots
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsconfig,
    SYS_fsmount, SYS_fspick, SYS_mount_setattr,
    // namespaces and names
    SYS_unshare, SYS_setns, SYS_sethostname, SYS_setdomainname,
    // others' memory, descriptors and files
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_process_madvise, SYS_kcmp, SYS_pidfd_getfd,
    SYS_open_by_handle_at, SYS_lookup_dcookie, SYS_fanotify_init,
    // the kernel: its code, keys, log and counters
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_add_key, SYS_request_key, SYS_keyctl, SYS_syslog,
    SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_create_module, SYS_query_module,
    SYS_get_kernel_syms, SYS_kexec_load, SYS_kexec_file_load, SYS_io_uring_setup, SYS_io_uring_enter,
    SYS_io_uring_register,
    // the machine: its power, clocks, disks and ports
    SYS_reboot, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex, SYS_clock_adjtime, SYS_swapon, SYS_swapoff,
    SYS_acct, SYS_quotactl, SYS_quotactl_fd, SYS_ioperm, SYS_iopl, SYS_modify_ldt, SYS_vhangup,
    // what is left of old times
    SYS_nfsservctl, SYS_sysfs, SYS_uselib, SYS__sysctl, SYS_ustat};

constexpr sock_filter load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
// The low half; the kernel looks at no more of the arguments that are asked about.
constexpr sock_filter load_argument(std::size_t index) {
  return load(offsetof(seccomp_data, args) + index * sizeof(std::uint64_t));
}
constexpr sock_filter skip_unless(unsigned test, std::uint32_t value, std::uint8_t count) {
  return BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), value, 0, count);
}
constexpr sock_filter skip_if(unsigned test, std::uint32_t value, std::uint8_t count) {
  return BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), value, count, 0);
}
constexpr sock_filter answer(std::uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }
constexpr sock_filter refuse(int error) { return answer(SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error)); }
constexpr sock_filter kAllow = answer(SECCOMP_RET_ALLOW);

// What depends on more than the number of the call.
constexpr std::array kChecks = {
    load(offsetof(seccomp_data, arch)),
    skip_if(BPF_JEQ, kNative, 1),
    answer(SECCOMP_RET_KILL_PROCESS),
    load(offsetof(seccomp_data, nr)),
    skip_unless(BPF_JGE, kX32, 1),
    refuse(EPERM),

    skip_unless(BPF_JEQ, SYS_clone3, 1),
    refuse(ENOSYS),

    skip_unless(BPF_JEQ, SYS_clone, 4),
    load_argument(0),
    skip_unless(BPF_JSET, kNewNamespace, 1),
    refuse(EPERM),
    kAllow,

    skip_unless(BPF_JEQ, SYS_personality, 5),
    load_argument(0),
    skip_if(BPF_JEQ, kAskPersonality, 2),
    skip_if(BPF_JEQ, PER_LINUX, 1),
    refuse(EPERM),
    kAllow,

    // Netlink's sockets and what they hold count against nobody's memory.
    skip_unless(BPF_JEQ, SYS_socket, 6),
    load_argument(0),
    skip_if(BPF_JEQ, AF_UNIX, 3),
    skip_if(BPF_JEQ, AF_INET, 2),
    skip_if(BPF_JEQ, AF_INET6, 1),
    refuse(EAFNOSUPPORT),
    kAllow,
};

// The denied calls are found by halving: when a filter is installed, the kernel tries every number on
// it, and remembers those that are always allowed.
constexpr std::size_t kLeaf = 4;

constexpr std::size_t tree_size(std::size_t count) {
  return count <= kLeaf ? 2 * count + 1 : 1 + tree_size(count / 2) + tree_size(count - count / 2);
}

constexpr std::size_t kDeniedCount = std::size(kDenied);
constexpr std::size_t kSize = kChecks.size() + tree_size(kDeniedCount);
static_assert(tree_size(kDeniedCount / 2) <= 255, "a jump reaches no further");

using Filter = std::array<sock_filter, kSize>;
using Numbers = std::array<std::uint32_t, kDeniedCount>;

// Writes the tree for numbers [begin, end) and returns its end.
constexpr std::size_t write_tree(Filter& filter, std::size_t at, const Numbers& numbers, std::size_t begin,
                                 std::size_t end) {
  if (end - begin > kLeaf) {
    const std::size_t middle = begin + (end - begin) / 2;
    filter[at] = skip_if(BPF_JGE, numbers[middle], static_cast<std::uint8_t>(tree_size(middle - begin)));
    return write_tree(filter, write_tree(filter, at + 1, numbers, begin, middle), numbers, middle, end);
  }
  for (; begin < end; ++begin) {
    filter[at++] = skip_unless(BPF_JEQ, numbers[begin], 1);
    filter[at++] = refuse(EPERM);
  }
  filter[at++] = kAllow;
  return at;
}

constexpr Filter make_filter() {
  Filter filter{};
  std::copy(kChecks.begin(), kChecks.end(), filter.begin());
  Numbers numbers{};
  std::copy(std::begin(kDenied), std::end(kDenied), numbers.begin());
  std::sort(numbers.begin(), numbers.end());
  write_tree(filter, kChecks.size(), numbers, 0, numbers.size());
  return filter;
}

constexpr Filter kFilter = make_filter();

}  // namespace

std::span<const sock_filter> syscall_filter() { return kFilter; }

const char* install_syscall_filter() {
  const sock_fprog program{static_cast<unsigned short>(kFilter.size()), const_cast<sock_filter*>(kFilter.data())};
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? nullptr : "seccomp";
}

}  // namespace mayfly::guest
