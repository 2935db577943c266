// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mayfly {

enum class LogLevel { debug, info, warning, error, off };

std::optional<LogLevel> parse_log_level(std::string_view name);

// Writes one line to stderr: "mayfly: warning: <message>" for people, or a JSON object
// with time, level and message. Only cli/, engine/, metrics/, batch/ and task/ log above debug; the
// rooms below report errors instead. Tokens and task data are never logged.
class Log {
 public:
  explicit Log(LogLevel threshold = LogLevel::warning, bool json = false)
      : threshold_(threshold), json_(json) {}

  bool enabled(LogLevel level) const { return level >= threshold_; }
  void write(LogLevel level, std::string_view message) const;

  void debug(std::string_view message) const { write(LogLevel::debug, message); }
  void info(std::string_view message) const { write(LogLevel::info, message); }
  void warning(std::string_view message) const { write(LogLevel::warning, message); }
  void error(std::string_view message) const { write(LogLevel::error, message); }

 private:
  LogLevel threshold_;
  bool json_;
};

}  // namespace mayfly
