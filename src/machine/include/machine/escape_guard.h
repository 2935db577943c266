// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

#include "monitor/escape_monitor.h"
#include "ring/ring.h"

namespace mayfly {

class Machine;

// Has the escape monitor watch machines, and tells each of what was seen of it. Machines are
// known by their cgroups. Must outlive them.
class EscapeGuard {
 public:
  static Result<std::unique_ptr<EscapeGuard>> open(Ring& ring, const EscapeMonitorOptions& options);

  std::string_view mode() const { return monitor_->mode(); }

  // From here to disarm() the machine is told through Machine::escaped().
  Result<void> arm(std::uint64_t cgroup_id, Machine& machine);
  void disarm(std::uint64_t cgroup_id);

  // Tells now what has been seen so far.
  void consume() { monitor_->consume(); }

 private:
  EscapeGuard() = default;
  void tell(const Incident& incident);

  std::map<std::uint64_t, Machine*> machines_;
  std::unique_ptr<EscapeMonitor> monitor_;
};

}  // namespace mayfly
