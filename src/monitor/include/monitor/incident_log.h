// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "base/fd.h"
#include "base/result.h"
#include "monitor/incident_record.h"

namespace mayfly {

// A file of incidents, one JSON object a line (see to_json_line). Only ever appended to, each record with one
// write, so that several mayflies may share it.
class IncidentLog {
 public:
  // Creates it, for its owner only (0600), or continues it.
  static Result<IncidentLog> open(const std::string& path);

  // An error, too, when only a part of the record could be written.
  Result<void> append(const IncidentRecord& record);

 private:
  IncidentLog(Fd fd, std::string path, bool is_stream)
      : fd_(std::move(fd)), path_(std::move(path)), is_stream_(is_stream) {}

  Fd fd_;
  std::string path_;
  bool is_stream_;  // nobody waits for its reader
};

}  // namespace mayfly
