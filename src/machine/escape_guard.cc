// SPDX-License-Identifier: Apache-2.0
#include "machine/escape_guard.h"

#include <utility>

namespace mayfly {

Result<std::unique_ptr<EscapeGuard>> EscapeGuard::open(Ring& ring, const EscapeMonitorOptions& options) {
  std::unique_ptr<EscapeGuard> guard(new EscapeGuard);
  auto monitor = EscapeMonitor::open(ring, options, [guard = guard.get()](const Incident& incident) { guard->tell(incident); });
  if (!monitor) return std::move(monitor).error();
  guard->monitor_ = *std::move(monitor);
  return guard;
}

Result<void> EscapeGuard::arm(std::uint64_t cgroup_id, OnEscape on_escape) {
  auto armed = monitor_->arm(cgroup_id, cgroup_id);
  if (armed) armed_[cgroup_id] = std::move(on_escape);
  return armed;
}

void EscapeGuard::disarm(std::uint64_t cgroup_id) {
  if (armed_.erase(cgroup_id) > 0) monitor_->disarm(cgroup_id);
}

// What comes late is about a machine that is gone, and was judged with all that had come.
void EscapeGuard::tell(const Incident& incident) {
  const auto armed = armed_.find(incident.machine);
  if (armed != armed_.end()) armed->second(incident);
}

}  // namespace mayfly
