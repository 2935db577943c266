// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <set>

#include "machine/machine_watcher.h"
#include "metrics/machine_sample.h"
#include "monitor/usage_reader.h"
#include "ring/ring.h"

namespace mayfly {

// Samples machines, waiting ones and templates in the making included: those that live when it is told to, each of
// them once more when it is gone.
class Sampler final : public MachineWatcher {
 public:
  struct Handlers {
    std::function<void()> on_launched;
    std::function<void(const MachineSample&)> on_sample;
  };

  Sampler(Ring& ring, Handlers handlers) : ring_(ring), handlers_(std::move(handlers)) {}

  void machine_launched(const Machine& machine) override;
  void machine_ended(const Machine& machine, const MachineUsage& usage) override;

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
