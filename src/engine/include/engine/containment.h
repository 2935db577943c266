// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "engine/settings.h"
#include "image/artifact.h"
#include "jail/jail.h"
#include "machine/escape_guard.h"
#include "machine/factory.h"
#include "monitor/incident_command.h"
#include "monitor/incident_log.h"
#include "sys/cgroup.h"
#include "task/task_result.h"

namespace mayfly {

// What of a containment there must be before the ring, whose threads keep an ordinary user's mayfly out of a user
// namespace of its own (see Jail).
struct Enclosure {
  IncidentLog incidents;
  std::unique_ptr<Jail> jail;  // null: unsafe
  CgroupTree cgroups;

  // `qemu` is its real path, `name` this process's, for its cgroups. An error: there is no jail, and nobody said that
  // there need not be one.
  static Result<Enclosure> open(const Settings& settings, const std::string& qemu, const Kernel& kernel,
                                const std::string& name, const Log& log);
};

// All that is between QEMU and this host, as far as it is to be had here: the jail, cgroups, the escape monitor, and
// what becomes of an incident. Machines that it was added to may live no longer.
class Containment {
 public:
  // The ring lives longer.
  static Result<std::unique_ptr<Containment>> open(Ring& ring, Enclosure enclosure, const ContainmentSettings& settings,
                                                   const Log& log);
  Containment(const Containment&) = delete;
  Containment& operator=(const Containment&) = delete;

  // As the jail's; emulated machines need no devices.
  Result<void> check_devices() const;
  Result<void> leave_out_devices();

  void add_to(MachineParts& parts);
  void add_to(Isolation& isolation) const;

  // Whether this layer of Settings::require is in force.
  bool has(const std::string& layer) const;

  // Calls back when no incident command runs any more, which may be at once.
  void when_idle(std::function<void()> then);

 private:
  Containment(Enclosure enclosure, const Log& log) : log_(log), enclosure_(std::move(enclosure)) {}
  void open_command(Ring& ring, const std::string& command);
  void open_guard(Ring& ring, bool watch_syscalls);
  void take_incident(const IncidentRecord& record);

  Log log_;
  Enclosure enclosure_;
  std::unique_ptr<IncidentCommand> command_;  // null: none is wanted
  std::unique_ptr<EscapeGuard> guard_;        // null: no BPF
  std::function<void()> on_idle_;
};

}  // namespace mayfly
