// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace mayfly::guest {

// A user namespace in which kSandboxUser is whom the disk calls root, for mounts whose owners are
// mapped (mount_setattr(2), MOUNT_ATTR_IDMAP). So what the agent puts into a directory is the
// program's, at once and however much it is. No process lives in it.
Result<Fd> make_owners();

// Mounts `path` over itself, writable and with its owners mapped, in this process's mount namespace,
// and allows it in `rules`. A path with a symbolic link in it is refused: an earlier program may have
// put it there, and none runs now. No allocation. Returns what failed, with errno, or nullptr.
//
// `fresh`: what is written below it covers what is there (an overlay, in memory), and is gone with the namespace.
const char* mount_own_directory(const char* path, int owners, int rules, bool fresh);

}  // namespace mayfly::guest
