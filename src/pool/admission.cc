// SPDX-License-Identifier: Apache-2.0
#include "pool/admission.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string>

#include "sys/files.h"

namespace mayfly {
namespace {

// What is left to the rest of the host: a twentieth, within these bounds.
constexpr std::int64_t kSmallestReserve = 256LL << 20;
constexpr std::int64_t kLargestReserve = 4LL << 30;

// What a machine takes until it is ready, however small it is; measured, and rounded up.
constexpr std::int64_t kLaunchBytes = 64LL << 20;

// Above this share of time spent waiting for memory, another machine makes it worse.
constexpr double kMostPressure = 10;

// The number that follows `name`.
template <class Number>
std::optional<Number> number_after(std::string_view text, std::string_view name) {
  const std::size_t found = text.find(name);
  if (found == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(found + name.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  Number value{};
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

Result<std::string> whole(const Fd& fd, const char* path) {
  char text[4096];
  const ssize_t got = ::pread(fd.get(), text, sizeof text, 0);
  if (got < 0) return Error::system(std::string("read ") + path, errno);
  return std::string(text, static_cast<std::size_t>(got));
}

constexpr const char* kMeminfo = "/proc/meminfo";
constexpr const char* kPressure = "/proc/pressure/memory";

}  // namespace

Result<MemoryState> parse_memory_state(std::string_view meminfo, std::string_view pressure) {
  const auto total = number_after<std::int64_t>(meminfo, "MemTotal:");
  const auto available = number_after<std::int64_t>(meminfo, "MemAvailable:");
  if (!total || !available) return Error("/proc/meminfo does not tell MemTotal and MemAvailable");
  return MemoryState{*total * 1024, *available * 1024,
                     number_after<double>(pressure, "some avg10=").value_or(0)};
}

bool admits(const MemoryState& state, std::int64_t wanted_bytes, int launching) {
  const std::int64_t reserve = std::clamp(state.total_bytes / 20, kSmallestReserve, kLargestReserve);
  const std::int64_t promised = launching * kLaunchBytes;
  return state.pressure <= kMostPressure && state.available_bytes - promised - wanted_bytes >= reserve;
}

Result<HostMemory> HostMemory::open() {
  HostMemory memory;
  auto meminfo = open_file(kMeminfo, O_RDONLY);
  if (!meminfo) return std::move(meminfo).error();
  memory.meminfo_ = *std::move(meminfo);
  auto pressure = open_file(kPressure, O_RDONLY);
  // Opens, but cannot be read, where the kernel was started without it.
  if (pressure && whole(*pressure, kPressure)) memory.pressure_ = *std::move(pressure);
  return memory;
}

Result<MemoryState> HostMemory::read() const {
  auto meminfo = whole(meminfo_, kMeminfo);
  if (!meminfo) return std::move(meminfo).error();
  auto pressure = pressure_ ? whole(pressure_, kPressure) : Result<std::string>(std::string());
  return parse_memory_state(*meminfo, pressure ? *pressure : "");
}

}  // namespace mayfly
