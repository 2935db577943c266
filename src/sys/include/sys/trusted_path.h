// SPDX-License-Identifier: Apache-2.0
//
// Whether somebody else could have put something in a place, as sshd's StrictModes asks. What
// mayfly reads from its state directory decides what runs, often as root.
#pragma once

#include <cstddef>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace mayfly {

// Opens `path` if only root and we could have written it: the file, each directory and each
// symbolic link on the way to it belong to root or to us, and nobody else may write them. The walk
// goes from descriptor to descriptor, so what was checked is what is opened. Others may write
//
//   - a directory on the way that is sticky, as /tmp is: what others put there is not what we found;
//   - by its group, where that is the owner's own (of the same name and nobody else in it, and no
//     access control list): Debian's umask 002.
//
// In a user namespace that does not map root, files of all unmapped users look alike; those count
// as root's if "/" is theirs, too. (An ordinary user's jail makes such a namespace; what is there
// before is checked before.)
//
// An error says which place it is, what is wrong with it, and the command that mends it.
Result<Fd> open_trusted(const std::string& path, int flags);

// The content of such a file; an error if it is larger than `limit` bytes.
Result<std::string> read_trusted(const std::string& path, std::size_t limit);

// The same for who only wants to know.
Result<void> check_trusted(const std::string& path);

}  // namespace mayfly
