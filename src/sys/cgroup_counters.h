// SPDX-License-Identifier: Apache-2.0
// Parsers of the counters' files (cgroup-v2.rst and cgroup-v1/ of the kernel's documentation).
#pragma once

#include <string_view>

#include "sys/cgroup.h"

namespace mayfly {

struct CounterFile {
  const char* name;
  void (*parse)(std::string_view text, CgroupUsage& usage);
};

// The files of a group with this controller, by its v2 name; those that do not exist are no error.
std::vector<CounterFile> counter_files(bool v2, std::string_view controller);

// The same for what changes up and down.
std::vector<CounterFile> gauge_files(bool v2, std::string_view controller);

// What a quota of processors has done to a group with the controller cpu.
CounterFile throttle_file(bool v2);

// Those of every group of version 2, whatever its controllers.
std::vector<CounterFile> pressure_files();

}  // namespace mayfly
