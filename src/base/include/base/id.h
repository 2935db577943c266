// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mayfly {

constexpr std::size_t kMaxIdLength = 64;

// True for [A-Za-z0-9][A-Za-z0-9._-]{0,63}: such a name is one path component, never "..",
// never hidden, and safe in a file name, a cgroup name and a log line.
bool is_valid_id(std::string_view id);

// `bytes` of getrandom(2) as they are.
Result<std::string> random_bytes(std::size_t bytes);

// The same as lower-case hex, two characters a byte.
Result<std::string> random_hex(std::size_t bytes);

std::string to_hex(std::string_view bytes);

// Compares in a time that depends on the lengths only; for tokens.
bool equal_secret(std::string_view a, std::string_view b);

}  // namespace mayfly
