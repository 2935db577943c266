// SPDX-License-Identifier: Apache-2.0
#include "metrics/machine_sample.h"

#include <array>

#include "base/clock.h"
#include "base/json.h"

namespace mayfly {
namespace {

struct Figure {
  std::string_view name;
  std::optional<std::int64_t> value;
};

std::array<Figure, 8> figures(const CgroupUsage& usage) {
  return {{{"cpu_ns", usage.cpu_ns},
           {"memory_bytes", usage.memory_bytes},
           {"memory_peak_bytes", usage.memory_peak_bytes},
           {"read_bytes", usage.read_bytes},
           {"write_bytes", usage.write_bytes},
           {"cpu_pressure_us", usage.pressure.cpu_us},
           {"memory_pressure_us", usage.pressure.memory_us},
           {"io_pressure_us", usage.pressure.io_us}}};
}

}  // namespace

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

std::string csv_header() {
  std::string line = "time,machine,task,last";
  for (const Figure& figure : figures({})) line += "," + std::string(figure.name);
  return line + "\n";
}

std::string to_csv_line(const MachineSample& sample) {
  std::string line = utc_time(sample.time) + "," + csv_field(sample.machine) + "," + csv_field(sample.task.value_or("")) +
                     (sample.last ? ",true" : ",false");
  for (const Figure& figure : figures(sample.usage)) line += "," + (figure.value ? std::to_string(*figure.value) : "");
  return line + "\n";
}

std::string to_json_line(const MachineSample& sample) {
  JsonBuffer buffer;
  JsonWriter w(buffer);
  w.StartObject();
  write_text(w, "time", utc_time(sample.time));
  write_bytes(w, "machine", sample.machine);
  if (sample.task) write_bytes(w, "task", *sample.task);
  write_bool(w, "last", sample.last);
  for (const Figure& figure : figures(sample.usage)) {
    if (figure.value) write_integer(w, figure.name, *figure.value);
  }
  w.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace mayfly
