// SPDX-License-Identifier: Apache-2.0
#include "monitor/incident_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "sys/files.h"

namespace mayfly {

Result<IncidentLog> IncidentLog::open(const std::string& path) {
  auto fd = open_file(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY, 0600);
  if (!fd) return std::move(fd).error().context("incident log");
  return IncidentLog(*std::move(fd), path);
}

Result<void> IncidentLog::append(const IncidentRecord& record) {
  const std::string line = to_json_line(record);
  const ssize_t written = ::write(fd_.get(), line.data(), line.size());
  if (written < 0) return Error::system("incident log " + path_, errno);
  if (static_cast<std::size_t>(written) != line.size()) return Error("incident log " + path_ + ": a record was cut short");
  return {};
}

}  // namespace mayfly
