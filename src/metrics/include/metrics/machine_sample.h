// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "sys/cgroup.h"

namespace mayfly {

// What one machine has used up to a moment.
struct MachineSample {
  Nanoseconds time = realtime_now();  // since the epoch
  std::string machine;
  std::optional<std::string> task;  // absent: it waits for one, or becomes a template
  bool last = false;                // the machine is gone
  CgroupUsage usage;
};

// As a line with its end; what is not known is left out, or an empty field. The columns are those of docs/reference.md.
// CSV is that of RFC 4180 but for the line's end, which is a newline alone.
std::string csv_header();
std::string to_csv_line(const MachineSample& sample);
std::string to_json_line(const MachineSample& sample);

// A field of a CSV line, quoted if it has to be.
std::string csv_field(std::string_view text);

}  // namespace mayfly
