// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "image/artifact.h"
#include "jail/jail.h"
#include "machine/escape_guard.h"
#include "machine/factory.h"
#include "monitor/incident_command.h"
#include "monitor/incident_log.h"
#include "settings.h"
#include "sys/cgroup.h"
#include "task/task_result.h"

namespace mayfly {

// All that is between QEMU and this host, as far as it is to be had here: the jail, cgroups, the
// escape monitor, and what becomes of an incident. Must outlive every machine.
class Defence {
 public:
  // Before the ring is there: see Jail. `qemu` is its real path, `name` this process's, for its cgroups. An error:
  // there is no jail, and nobody said that there need not be one.
  static Result<std::unique_ptr<Defence>> open(const Settings& settings, const std::string& qemu, const Kernel& kernel,
                                               const std::string& name, const Log& log);

  // The rest, with the ring, which must outlive this.
  Result<void> watch(Ring& ring, const Settings& settings, const Log& log);

  // As the jail's; emulated machines need no devices.
  Result<void> check_devices() const;
  Result<void> leave_out_devices();

  void add_to(MachineParts& parts);
  void add_to(Isolation& isolation) const;

  // Whether this layer of --require is in force.
  bool has(const std::string& layer) const;

  // Calls back when no incident command runs any more, which may be at once.
  void when_idle(std::function<void()> then);

 private:
  Defence() = default;
  void take_incident(const IncidentRecord& record, const Log& log);

  std::unique_ptr<Jail> jail_;  // null: unsafe
  std::optional<CgroupTree> cgroups_;
  std::unique_ptr<EscapeGuard> guard_;  // null: no BPF
  std::optional<IncidentLog> incidents_;
  std::unique_ptr<IncidentCommand> command_;
  std::function<void(const IncidentRecord&)> on_incident_;
  std::function<void()> on_idle_;
};

}  // namespace mayfly
