// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "machine/machine_end.h"

namespace mayfly {

class Machine;

// Who wants to know which machines live: waiting ones, and templates in the making, included.
class MachineWatcher {
 public:
  virtual ~MachineWatcher() = default;

  virtual void machine_launched(const Machine& machine) = 0;
  // `usage` is all that it used. Also for one that was never launched.
  virtual void machine_ended(const Machine& machine, const MachineUsage& usage) = 0;
};

}  // namespace mayfly
