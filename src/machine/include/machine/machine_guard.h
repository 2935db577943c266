// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "monitor/incident_record.h"

namespace mayfly {

// Watches machines for attempts to escape. Machines are known by the ids of their cgroups.
class MachineGuard {
 public:
  using OnEscape = std::function<void(const Incident&)>;

  virtual ~MachineGuard() = default;

  // From here to disarm() each attempt of the machine's is told, which is being killed for it.
  virtual Result<void> arm(std::uint64_t cgroup_id, OnEscape on_escape) = 0;
  virtual void disarm(std::uint64_t cgroup_id) = 0;

  // Tells now what has been seen so far.
  virtual void consume() = 0;
};

}  // namespace mayfly
