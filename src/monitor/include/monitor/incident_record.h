// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "monitor/incident.h"

namespace mayfly {

// An incident as people and their programs get to know of it.
struct IncidentRecord {
  Incident incident;
  std::string machine;                           // its name
  std::optional<std::string> task = {};          // what it ran, if anything
  std::optional<std::int64_t> line = {};         // of that task in its batch
  Nanoseconds time = realtime_of(incident);      // of the attempt, since the Unix epoch

  static Nanoseconds realtime_of(const Incident& incident);
};

// One JSON object and a newline: schema (1), time, machine, task, line, pid, comm, kind, syscall (a number),
// syscall_name, path, action ("killed"). What is not known is absent. Bytes that are not UTF-8 come as
// comm_base64 and path_base64.
std::string to_json_line(const IncidentRecord& record);

// The same as variables for a command: MAYFLY_INCIDENT_TIME, _MACHINE, _TASK, _LINE, _PID, _COMM, _KIND,
// _SYSCALL (a name where there is one), _PATH; each "NAME=value". All are there, empty where nothing is
// known, so that none is taken from mayfly's own environment. Bytes that a terminal would obey are made visible.
std::vector<std::string> to_environment(const IncidentRecord& record);

}  // namespace mayfly
