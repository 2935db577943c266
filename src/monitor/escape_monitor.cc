// SPDX-License-Identifier: Apache-2.0
#include "monitor/escape_monitor.h"

#include <bpf/libbpf.h>
#include <poll.h>

#include <atomic>
#include <cerrno>
#include <utility>

#include "escape_programs.h"

namespace mayfly {
namespace {

// All that is known of an attempt whose report did not fit into the ring buffer.
Incident lost_incident(const escape_machine& entry) {
  Incident incident;
  incident.machine = entry.machine;
  incident.pid = entry.lost_pid;
  if (entry.lost_kind <= ESCAPE_SYSCALL) incident.kind = static_cast<Incident::Kind>(entry.lost_kind);
  incident.at = monotonic_now();
  return incident;
}

}  // namespace

EscapeMonitor::EscapeMonitor(Ring& ring, std::unique_ptr<EscapePrograms> programs, Handler on_incident)
    : ring_(ring),
      programs_(std::move(programs)),
      on_incident_(std::move(on_incident)),
      events_(nullptr, ::ring_buffer__free) {}

EscapeMonitor::~EscapeMonitor() = default;

Result<std::unique_ptr<EscapeMonitor>> EscapeMonitor::open(Ring& ring, const EscapeMonitorOptions& options,
                                                           Handler on_incident) {
  auto programs = EscapePrograms::load_best(options);
  if (!programs) return std::move(programs).error();
  std::unique_ptr<EscapeMonitor> monitor(new EscapeMonitor(ring, *std::move(programs), std::move(on_incident)));
  if (auto started = monitor->start(); !started) return std::move(started).error();
  return monitor;
}

Result<void> EscapeMonitor::start() {
  events_.reset(::ring_buffer__new(programs_->events_fd(), take_record, this, nullptr));
  if (!events_) return Error::system("map the ring buffer of BPF events", errno);
  watch_ = std::make_unique<Watch>(ring_, programs_->events_fd(), POLLIN, [this] {
    consume();
    watch_->rearm();
  });
  return {};
}

std::string_view EscapeMonitor::mode() const { return programs_->lsm() ? "lsm" : "tp_btf"; }

Result<void> EscapeMonitor::arm(std::uint64_t cgroup_id, std::uint64_t machine) {
  if (auto added = programs_->add_machine(cgroup_id, machine); !added) return added;
  armed_[cgroup_id] = 0;
  return {};
}

void EscapeMonitor::disarm(std::uint64_t cgroup_id) {
  programs_->remove_machine(cgroup_id);
  armed_.erase(cgroup_id);
}

void EscapeMonitor::consume() {
  drain();
  recall_lost();
  deliver();
}

int EscapeMonitor::take_record(void* monitor, void* bytes, std::size_t size) {
  auto incident = decode_incident({static_cast<const char*>(bytes), size});
  if (incident) static_cast<EscapeMonitor*>(monitor)->waiting_.push_back(*std::move(incident));
  return 0;
}

// The kernel wakes us only for a record that it puts where we have read to. So it must see how far that is before
// we look whether there is more: a full fence, and another look.
void EscapeMonitor::drain() {
  while (::ring_buffer__consume(events_.get()) > 0) std::atomic_thread_fence(std::memory_order_seq_cst);
}

void EscapeMonitor::recall_lost() {
  const std::uint64_t lost = programs_->lost();
  if (std::exchange(lost_, lost) == lost) return;
  for (auto& [cgroup_id, told] : armed_) {
    const auto entry = programs_->find_machine(cgroup_id);
    if (!entry || std::exchange(told, entry->lost) == entry->lost) continue;
    waiting_.push_back(lost_incident(*entry));
  }
}

// One at a time from the member: a handler may call consume() and must then find the rest.
void EscapeMonitor::deliver() {
  while (!waiting_.empty()) {
    const Incident incident = std::move(waiting_.front());
    waiting_.pop_front();
    on_incident_(incident);
  }
}

BpfSupport probe_bpf() {
  const auto lsm = EscapePrograms::load(true, {});
  if (lsm) return {"lsm", "", ""};
  const auto tracing = EscapePrograms::load(false, {});
  if (tracing) return {"tp_btf", lsm.error().message(), lsm.error().hint()};
  return {"", tracing.error().message(), tracing.error().hint()};
}

}  // namespace mayfly
