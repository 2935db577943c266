// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/filter.h>

#include <array>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "jail/profile.h"

namespace mayfly {

using FilterProgram = std::vector<sock_filter>;

// Values in the three argument registers that execve(2) does not use.
using ExecCookie = std::array<std::uint64_t, 3>;

// The profile's system calls as a seccomp filter (seccomp(2)): a call that is not in it, and
// every call of another architecture (int 0x80, x32), ends the process. A name that this
// libseccomp does not know is an error.
Result<FilterProgram> make_syscall_filter(const Profile& profile);

// A second filter, for one launch: execve ends the process unless the cookie comes with it. The
// program that is executed never learns it, so it can execute nothing itself.
FilterProgram make_exec_filter(const ExecCookie& cookie);

// Puts a filter in force for this process, for good. No allocation: see ChildSetup. False: errno.
bool install_filter(const FilterProgram& program);

}  // namespace mayfly
