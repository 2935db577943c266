// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/sched.h>

#include <cstddef>

namespace mayfly {

// clone3(2), where the child calls `run(argument)` on the stack of its own that `args` names,
// and must not return from it: it executes a program or calls _exit(2). libc has no such
// function yet. Meant for CLONE_VM | CLONE_VFORK: the child borrows our memory and we sleep
// until it has executed or is gone, so nothing is copied and what it needs stays where it is.
// Returns what the kernel does: the pid, or minus an errno.
long clone3_and_run(const clone_args& args, void (*run)(void*), void* argument);

// Memory for the stack of one such child at a time.
inline constexpr std::size_t kCloneStack = 64 * 1024;
void use_clone_stack(clone_args& args);

}  // namespace mayfly
