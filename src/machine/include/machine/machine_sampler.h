// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <set>

#include "monitor/machine_sample.h"
#include "monitor/usage_reader.h"
#include "ring/ring.h"

namespace mayfly {

class Machine;

// Samples machines, waiting ones and templates in the making included: those that live when it is told to, each of
// them once more when it is gone. Machines tell it of themselves. Must outlive them.
class MachineSampler {
 public:
  struct Handlers {
    std::function<void()> on_launched;
    std::function<void(const MachineSample&)> on_sample;
  };

  MachineSampler(Ring& ring, Handlers handlers) : ring_(ring), handlers_(std::move(handlers)) {}

  // From here to ended() the machine is sampled.
  void launched(const Machine& machine);
  // `usage` is all that it used.
  void ended(const Machine& machine, const CgroupUsage& usage);

  // Samples one machine after the other through the ring, so that the loop never stands still for long, and calls back
  // afterwards; at once if none lives. Not while it is at it.
  void sample_all(std::function<void()> on_done);
  bool is_sampling() const { return static_cast<bool>(on_done_); }

 private:
  void next();
  void take(CgroupUsage usage);
  void tell(const Machine& machine, const CgroupUsage& usage, bool last) const;

  Ring& ring_;
  Handlers handlers_;
  std::set<const Machine*> machines_;
  const Machine* current_ = nullptr;  // that is being read, or was read last in this round
  std::unique_ptr<UsageReader> reader_;
  std::function<void()> on_done_;
};

}  // namespace mayfly
