// SPDX-License-Identifier: Apache-2.0
#include "monitor/incident_record.h"

#include <array>

#include "base/clock.h"
#include "base/json.h"
#include "base/printable.h"

namespace mayfly {
namespace {

constexpr std::int64_t kSchema = 1;

std::string syscall_text(const Incident& incident) {
  if (incident.syscall < 0) return {};
  const std::string name = syscall_name(incident);
  return name.empty() ? std::to_string(incident.syscall) : name;
}

void write_incident(JsonWriter& w, const Incident& incident) {
  write_integer(w, "pid", incident.pid);
  write_bytes(w, "comm", incident.comm);
  write_text(w, "kind", to_string(incident.kind));
  if (incident.syscall >= 0) write_integer(w, "syscall", incident.syscall);
  if (const std::string name = syscall_name(incident); !name.empty()) write_text(w, "syscall_name", name);
  if (!incident.path.empty()) write_bytes(w, "path", incident.path);
}

}  // namespace

Nanoseconds IncidentRecord::realtime_of(const Incident& incident) {
  return realtime_now() - (monotonic_now() - incident.at);
}

std::string to_json_line(const IncidentRecord& record) {
  JsonBuffer buffer;
  JsonWriter w(buffer);
  w.StartObject();
  write_integer(w, "schema", kSchema);
  write_text(w, "time", utc_time(record.time));
  write_text(w, "machine", record.machine);
  if (record.task) write_text(w, "task", *record.task);
  if (record.line) write_integer(w, "line", *record.line);
  write_incident(w, record.incident);
  write_text(w, "action", "killed");
  w.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

std::vector<std::string> to_environment(const IncidentRecord& record) {
  const Incident& incident = record.incident;
  const std::array<std::pair<const char*, std::string>, 9> values = {{
      {"TIME", utc_time(record.time)},
      {"MACHINE", record.machine},
      {"TASK", record.task.value_or("")},
      {"LINE", record.line ? std::to_string(*record.line) : ""},
      {"PID", std::to_string(incident.pid)},
      {"COMM", incident.comm},
      {"KIND", std::string(to_string(incident.kind))},
      {"SYSCALL", syscall_text(incident)},
      {"PATH", incident.path},
  }};
  std::vector<std::string> out;
  for (const auto& [name, value] : values) out.push_back(std::string("MAYFLY_INCIDENT_") + name + "=" + printable(value));
  return out;
}

}  // namespace mayfly
