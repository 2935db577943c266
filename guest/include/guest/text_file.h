// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace mayfly::guest {

// The most that read_text() returns; the kernel's own files are far smaller.
constexpr std::size_t kMaxTextFile = 16 * 1024;

// Small files of the kernel (proc, sysfs, cgroup): one read, one write. `path` is relative
// to the directory `directory`, or absolute.
Result<std::string> read_text(int directory, const char* path);
// The same of an open file, from its beginning; empty if it cannot be read.
std::string read_again(int file);

Result<void> write_text(int directory, const char* path, std::string_view text);

}  // namespace mayfly::guest
