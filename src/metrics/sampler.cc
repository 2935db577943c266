// SPDX-License-Identifier: Apache-2.0
#include "metrics/sampler.h"

#include <cassert>
#include <utility>

#include "machine/machine.h"

namespace mayfly {

void Sampler::machine_launched(const Machine& machine) {
  machines_.insert(&machine);
  handlers_.on_launched();
}

void Sampler::machine_ended(const Machine& machine, const MachineUsage& usage) {
  if (machines_.erase(&machine) == 0) return;  // it never ran
  tell(machine, usage, true);
  if (reader_ && current_ == &machine) next();  // nobody else may be taken for it
}

void Sampler::sample_all(std::function<void()> on_done) {
  assert(!is_sampling());
  on_done_ = std::move(on_done);
  current_ = nullptr;
  next();
}

// In the order of their addresses, so that it does not matter who comes and goes meanwhile.
void Sampler::next() {
  const auto machine = machines_.upper_bound(current_);
  if (machine == machines_.end()) {
    reader_.reset();
    return std::exchange(on_done_, nullptr)();
  }
  current_ = *machine;
  reader_ = std::make_unique<UsageReader>(ring_, current_->usage_files(), [this](const CgroupUsage& usage) { take(usage); });
}

// The process's own clock knows what no group has counted.
void Sampler::take(CgroupUsage usage) {
  const Nanoseconds used = usage.cpu_ns ? 0 : current_->cpu_time();
  if (used > 0) usage.cpu_ns = used;
  tell(*current_, usage, false);
  next();
}

void Sampler::tell(const Machine& machine, const CgroupUsage& usage, bool last) const {
  MachineSample sample;
  sample.machine = machine.name();
  if (machine.work()) sample.task = machine.work()->task;
  sample.last = last;
  sample.usage = usage;
  handlers_.on_sample(sample);
}

}  // namespace mayfly
