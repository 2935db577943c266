// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace mayfly::guest {

// A user namespace in which kSandboxUser is whom the disk calls root, for mounts whose owners are
// mapped (mount_setattr(2), MOUNT_ATTR_IDMAP). So what the agent puts into a directory is the
// program's, at once and however much it is. No process lives in it.
Result<Fd> make_owners();

// A mount of the directory `path`, with its owners mapped (-1: as they are), that is nowhere yet: for what is below.
Result<Fd> copy_directory(const char* path, int owners);

// Mounts `path` over itself, writable and with its owners mapped, in this process's mount namespace,
// and allows it in `rules`. A path with a symbolic link in it is refused: an earlier program may have
// put it there, and none runs now. No allocation. Returns what failed, with errno, or nullptr.
//
// `fresh`: what is written below it covers what is there, by an overlay. That is in `scratch` (a copy of the directory
// of a class Scratch), or for -1 in memory and gone with the namespace. `owners`: -1 for a file system that cannot map them.
const char* mount_own_directory(const char* path, int owners, int rules, bool fresh, int scratch);

// These two do not allocate either, and return the same.

// Mounts a directory of the machine's, which the namespace lacks, at `path`.
const char* mount_over(int tree, const char* path);

// Shows the files of `given` in this namespace's own /tmp, as if they had been written there, and allows it in `rules`.
const char* add_to_tmp(int given, int rules);

}  // namespace mayfly::guest
