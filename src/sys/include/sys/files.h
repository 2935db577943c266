// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/fd.h"
#include "base/result.h"

namespace mayfly {

// All descriptors are opened close-on-exec; errors name the path.

Result<Fd> open_file(const std::string& path, int flags, unsigned mode = 0600);

// A second descriptor for what `fd` is open on, never one of the standard three.
Result<Fd> duplicate(int fd);

// Opens the file of `fd` once more, for a descriptor that shares neither offset nor flags with it.
Result<Fd> reopen(int fd, int flags);

// Opens /dev/null on each of the descriptors 0, 1 and 2 that is closed, so that no file that
// is opened later gets such a number and is written to by mistake. A standard output that was
// closed can be read only: what is printed there is an error, and not lost. For the start of main().
void occupy_standard_descriptors();

// The whole file; an error if it is larger than `limit` bytes.
Result<std::string> read_file(const std::string& path, std::size_t limit);

// Writes a file so that a reader sees the old or the new content, never a part (rename(2)).
Result<void> replace_file(const std::string& path, std::string_view content);

// Writes all of `bytes` to a regular file or memfd.
Result<void> write_all(int fd, std::string_view bytes);

// mkdir -p.
Result<void> make_directories(const std::string& path, unsigned mode = 0755);

// Copies `size` bytes between files from offset 0, inside the kernel where it can
// (copy_file_range(2)), else by hand.
Result<void> copy_contents(int from, int to, std::int64_t size);

// A connected pair of stream sockets.
Result<std::pair<Fd, Fd>> socket_pair();

// Sends `bytes` on a stream socket together with a descriptor (SCM_RIGHTS, unix(7)); an error
// if the socket does not take all of them at once.
Result<void> send_with_descriptor(int socket, std::string_view bytes, int fd);

// pipe2(2): read end, write end.
Result<std::pair<Fd, Fd>> make_pipe();

}  // namespace mayfly
