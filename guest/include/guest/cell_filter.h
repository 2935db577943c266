// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/filter.h>

#include <span>

namespace mayfly::guest {

// The system calls of sandboxed programs, as a seccomp filter (seccomp(2)). Allowed is what is not
// named; what is answers EPERM, as to any user without privileges. Named is what no program needs that
// computes, and what reaches far into the kernel: mounts, namespaces, tracing others, keys, BPF,
// modules, clocks, quotas, io_uring, performance counters. Besides:
//
//   clone3           ENOSYS: its flags are out of a filter's sight, and libc then takes clone
//   clone            EPERM with a flag for a namespace
//   socket           EAFNOSUPPORT but for local, IPv4, IPv6 and routing (netlink) sockets
//   personality      may only be asked for, or set to the usual one
//   x32              EPERM
//   other machines   the process ends
std::span<const sock_filter> syscall_filter();

// Puts it in force for this process, for good; it has no new privileges (prctl(2)). No allocation.
// Returns what failed, with errno, or nullptr.
const char* install_syscall_filter();

}  // namespace mayfly::guest
