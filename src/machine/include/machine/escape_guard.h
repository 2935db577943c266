// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

#include "machine/machine_guard.h"
#include "monitor/escape_monitor.h"
#include "ring/ring.h"

namespace mayfly {

// The guard that is the escape monitor.
class EscapeGuard : public MachineGuard {
 public:
  static Result<std::unique_ptr<EscapeGuard>> open(Ring& ring, const EscapeMonitorOptions& options);

  std::string_view mode() const { return monitor_->mode(); }

  Result<void> arm(std::uint64_t cgroup_id, OnEscape on_escape) override;
  void disarm(std::uint64_t cgroup_id) override;
  void consume() override { monitor_->consume(); }

 private:
  EscapeGuard() = default;
  void tell(const Incident& incident);

  std::map<std::uint64_t, OnEscape> armed_;
  std::unique_ptr<EscapeMonitor> monitor_;
};

}  // namespace mayfly
