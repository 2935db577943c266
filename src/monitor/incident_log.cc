// SPDX-License-Identifier: Apache-2.0
#include "monitor/incident_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "sys/output.h"

namespace mayfly {

Result<IncidentLog> IncidentLog::open(const std::string& path) {
  const auto place = OutputPlace::find(path);
  if (!place) return Error(place.error()).context("--incidents");
  auto fd = place->open(O_WRONLY);
  if (!fd) return std::move(fd).error().context("--incidents");
  return IncidentLog(*std::move(fd), path, place->is_stream());
}

Result<void> IncidentLog::append(const IncidentRecord& record) {
  const std::string line = to_json_line(record);
  if (is_stream_) {
    auto written = write_now(fd_.get(), line);
    if (!written) return std::move(written).error().context("incident log " + path_);
    return {};
  }
  const ssize_t written = ::write(fd_.get(), line.data(), line.size());
  if (written < 0) return Error::system("incident log " + path_, errno);
  if (static_cast<std::size_t>(written) != line.size()) return Error("incident log " + path_ + ": a record was cut short");
  return {};
}

}  // namespace mayfly
