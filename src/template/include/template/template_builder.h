// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "machine/factory.h"
#include "machine/machine.h"
#include "template/template.h"

namespace mayfly {

// Boots one machine, warms it, starts what is to be started before its task is there, and stops it for good:
// what is left is a template. The image's warm-up commands run as an unprivileged user; one that fails is passed
// over, and so is a prestart, as an image without the program would be slower, not wrong.
class TemplateBuilder : private MachineObserver {
 public:
  using OnBuilt = std::function<void(Result<RawTemplate>)>;

  // `parts` must outlive the builder. `on_built` is called once, never from inside the
  // constructor, and must not destroy the builder; use Ring::defer().
  TemplateBuilder(Ring& ring, const MachineParts& parts, const MachineShape& shape, OnBuilt on_built);
  ~TemplateBuilder() override;

  // Gives up: on_built gets an error, when the machine is gone.
  void cancel() {
    if (machine_) machine_->kill();
  }

 private:
  void machine_ready(Machine& machine) override;
  void machine_replied(Machine& machine, const Reply& reply) override;
  void machine_released(Machine& machine, const MachineEnd& end) override;

  Result<void> start(const MachineShape& shape);
  void send_next();

  Ring& ring_;
  const MachineParts& parts_;
  OnBuilt on_built_;
  RawTemplate raw_;
  std::unique_ptr<Machine> machine_;
  std::deque<ExecRequest> steps_;
  std::int64_t request_ = 0;  // the last that was sent
  Timer warmup_timer_;
};

}  // namespace mayfly
