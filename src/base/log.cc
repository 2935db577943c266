// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <unistd.h>

#include <array>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/id.h"
#include "base/json.h"

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

std::string printable(std::string_view text) {
  const bool valid = is_utf8(text);
  std::string out;
  out.reserve(text.size());
  bool c1 = false;  // inside one
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool control = byte < 0x20 || byte == 0x7f;
    const bool opens_c1 = is_c1(text, i);
    if (control || c1 || opens_c1 || (byte >= 0x80 && !valid)) {
      out += "\\x" + to_hex(text.substr(i, 1));
    } else {
      out.push_back(text[i]);
    }
    c1 = opens_c1;
  }
  return out;
}

std::string shown(std::string_view text) {
  std::string_view start = text.substr(0, kMaxIdLength);
  while (!is_utf8(start)) start.remove_suffix(1);
  return printable(start) + (start.size() < text.size() ? "…" : "");
}

}  // namespace mayfly
