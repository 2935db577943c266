// SPDX-License-Identifier: Apache-2.0
#include "jail/uid_range.h"

#include <algorithm>
#include <charconv>

namespace mayfly {
namespace {

constexpr std::uint64_t kFirstFree = 1 << 16;         // below are the system, people, services and nobody
constexpr std::uint64_t kEnd = (1ULL << 32) - 1;      // (uid_t)-1 is no uid

bool read_number(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<UidRange> UidRange::parse(const std::string& text) {
  const std::size_t colon = text.find(':');
  std::uint64_t first = 0, count = 0;
  if (colon == std::string::npos || !read_number(std::string_view(text).substr(0, colon), first) ||
      !read_number(std::string_view(text).substr(colon + 1), count)) {
    return Error("'" + text + "' is no range of uids: BASE:COUNT, such as 2013265920:4194304");
  }
  if (first < kFirstFree || count == 0 || first > kEnd || count > kEnd - first) {
    return Error("'" + text + "' is no range of uids for VMMs: they must be from 65536 to 4294967294");
  }
  return UidRange{static_cast<uid_t>(first), static_cast<std::uint32_t>(count)};
}

bool UidRange::overlaps_subordinate(std::string_view lines) const {
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const std::size_t name_end = line.find(':'), begin_end = line.rfind(':');
    std::uint64_t begin = 0, size = 0;
    if (name_end == begin_end || !read_number(line.substr(name_end + 1, begin_end - name_end - 1), begin) ||
        !read_number(line.substr(begin_end + 1), size)) {
      continue;
    }
    if (begin < std::uint64_t{first} + count && first < begin + size) return true;
  }
  return false;
}

Result<void> UidRange::check_size(std::int64_t pid_max) const {
  if (pid_max <= count) return {};
  return Error("a range of " + std::to_string(count) + " uids is too small for VMMs: each has BASE plus its pid, and pids go up to " +
               std::to_string(pid_max))
      .hint("--vmm-uids BASE:" + std::to_string(pid_max) + ", or fewer pids: sysctl kernel.pid_max=" + std::to_string(count));
}

}  // namespace mayfly
