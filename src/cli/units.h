// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace mayfly {

// "30s", "500ms", "2m", "1h"; a bare number is seconds. Returns milliseconds, at least 1.
Result<std::int64_t> parse_duration_ms(std::string_view text);

// "512M", "64k", "1G", "100" (bytes); powers of 1024, an optional trailing "B" or "iB".
Result<std::int64_t> parse_size_bytes(std::string_view text);

}  // namespace mayfly
