// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mayfly {

// The uids of root's VMMs: each has the first one plus its pid, which no other living process of
// this PID namespace has. So nothing has to be allocated, and two mayflys never give the same.
//
// The default lies behind what directory services make of a domain's identifiers (SSSD and FreeIPA:
// up to 2,000,200,000), where systemd's table of uids has nothing, and below 2^31.
struct UidRange {
  uid_t first = 0x78000000;            // 2,013,265,920
  std::uint32_t count = 1U << 22;      // the highest pid that Linux knows

  uid_t of(pid_t pid) const { return first + static_cast<uid_t>(pid); }
  bool has(uid_t uid) const { return uid >= first && uid - first < count; }

  // "BASE:COUNT". An error: no such numbers, or among them some that are people's or the system's by convention.
  static Result<UidRange> parse(const std::string& text);

  // Whether a line of subuid(5) or subgid(5) gives some of them to a user.
  bool overlaps_subordinate(std::string_view lines) const;

  // Whether it has a uid for each pid that this kernel gives (kernel.pid_max).
  Result<void> check_size(std::int64_t pid_max) const;
};

}  // namespace mayfly
