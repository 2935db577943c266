// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <unistd.h>

#include <array>

#include "base/clock.h"
#include "base/json.h"
#include "base/printable.h"

namespace mayfly {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"debug", "info", "warning", "error", "off"};

std::string_view name_of(LogLevel level) { return kNames[static_cast<std::size_t>(level)]; }

std::string json_line(LogLevel level, std::string_view message) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  writer.Key("time_ms");
  writer.Int64(realtime_now() / kMillisecond);
  writer.Key("level");
  write_string(writer, name_of(level));
  writer.Key("message");
  write_string(writer, message);
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace

std::optional<LogLevel> parse_log_level(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

void Log::write(LogLevel level, std::string_view message) const {
  if (!enabled(level)) return;
  const std::string safe = printable(message);
  std::string line;
  if (json_) {
    line = json_line(level, safe);
  } else {
    line = "mayfly: ";
    if (level != LogLevel::info) line += std::string(name_of(level)) + ": ";
    line += safe + "\n";
  }
  // One write, so that lines of several processes do not mix; a lost log line is no failure.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace mayfly
