// SPDX-License-Identifier: Apache-2.0
#include "engine/containment.h"

#include <utility>

namespace mayfly {
namespace {

Result<std::unique_ptr<Jail>> open_jail(const ContainmentSettings& settings, const std::string& qemu, const Kernel& kernel) {
  auto profile = builtin_profile(settings.jail);
  if (!profile) return std::move(profile).error();
  auto jail = Jail::open({*std::move(profile), qemu, {kernel.vmlinux.fd.get()}, settings.vmm_uids});
  if (jail) return jail;
  Error error = std::move(jail).error();
  const std::string hint = error.hint();
  return std::move(error).hint((hint.empty() ? "" : hint + "; ") + "or run without it, at your own risk: --unsafe-no-jail");
}

Result<std::unique_ptr<Jail>> open_no_jail(const ContainmentSettings& settings, const Log& log) {
  if (settings.watch_syscalls) {
    return Error("--watch-syscalls knows from the jail's profile which calls are QEMU's, and there is no jail")
        .hint("leave out --watch-syscalls, or --unsafe-no-jail");
  }
  log.warning("QEMU runs without a jail (--unsafe-no-jail): a guest that breaks out of it may do what this user may do");
  return std::unique_ptr<Jail>();
}

}  // namespace

// The log first: in a user namespace nobody can tell whose links those on its way are.
Result<Enclosure> Enclosure::open(const Settings& settings, const std::string& qemu, const Kernel& kernel,
                                  const std::string& name, const Log& log) {
  const ContainmentSettings& wanted = settings.containment;
  auto incidents = IncidentLog::open(wanted.incidents.empty() ? settings.home + "/incidents.ndjson" : wanted.incidents);
  if (!incidents) return std::move(incidents).error();
  auto jail = wanted.unsafe_no_jail ? open_no_jail(wanted, log) : open_jail(wanted, qemu, kernel);
  if (!jail) return std::move(jail).error();
  Enclosure enclosure{*std::move(incidents), *std::move(jail), CgroupTree::open(name)};
  const std::string& lacking = enclosure.cgroups.why_not();
  if (!lacking.empty()) log.info("machines have no cgroup with limits: " + lacking);
  return enclosure;
}

Result<std::unique_ptr<Containment>> Containment::open(Ring& ring, Enclosure enclosure, const ContainmentSettings& settings,
                                                       const Log& log) {
  std::unique_ptr<Containment> containment(new Containment(std::move(enclosure), log));
  if (!settings.incident_command.empty()) containment->open_command(ring, settings.incident_command);
  containment->open_guard(ring, settings.watch_syscalls);
  return containment;
}

void Containment::open_command(Ring& ring, const std::string& command) {
  IncidentCommand::Handlers handlers;
  handlers.on_failure = [this](const Error& error) { log_.error(error.message()); };
  handlers.on_idle = [this] {
    if (on_idle_) std::exchange(on_idle_, nullptr)();
  };
  command_ = std::make_unique<IncidentCommand>(ring, command, std::move(handlers));
}

void Containment::open_guard(Ring& ring, bool watch_syscalls) {
  if (!enclosure_.cgroups.has_unified()) return;
  EscapeMonitorOptions options;
  options.watch_syscalls = watch_syscalls;
  options.watch_reads = enclosure_.jail != nullptr;
  if (const Jail* jail = enclosure_.jail.get()) {
    options.readable_files = jail->files();
    options.allowed_syscalls = jail->allowed_syscalls();
  }
  auto guard = EscapeGuard::open(ring, options);
  if (!guard) return log_.info("escapes are not watched for: " + guard.error().message());
  guard_ = *std::move(guard);
}

void Containment::take_incident(const IncidentRecord& record) {
  log_.error("machine " + record.machine + (record.task ? " of task " + *record.task : "") + ": escape attempt: QEMU " +
             describe(record.incident));
  if (auto kept = enclosure_.incidents.append(record); !kept) log_.error(kept.error().message());
  if (!command_) return;
  if (auto run = command_->run(record); !run) log_.error(run.error().message());
}

Result<void> Containment::check_devices() const {
  return enclosure_.jail ? enclosure_.jail->check_devices() : Result<void>();
}

Result<void> Containment::leave_out_devices() {
  return enclosure_.jail ? enclosure_.jail->leave_out_devices() : Result<void>();
}

void Containment::add_to(MachineParts& parts) {
  parts.oversight.jail = enclosure_.jail.get();
  parts.oversight.guard = guard_.get();
  parts.oversight.on_incident = [this](const IncidentRecord& record) { take_incident(record); };
  parts.cgroups = &enclosure_.cgroups;
}

void Containment::add_to(Isolation& isolation) const {
  if (enclosure_.jail) isolation.jail = enclosure_.jail->layers();
  isolation.jail.emplace_back("sandbox");  // QEMU's own seccomp filter
  isolation.unsafe_no_jail = !enclosure_.jail;
  isolation.cgroup = enclosure_.cgroups.receipt();
  if (guard_) isolation.bpf = guard_->mode();
  isolation.limits_enforced = {"timeout_ms", "compile_ms", "total_ms", "output_bytes", "memory_bytes", "cpu_ms", "disk_bytes", "io_bytes_per_s"};
  if (enclosure_.cgroups.has("cpu")) isolation.limits_enforced.emplace_back("cpus");
}

bool Containment::has(const std::string& layer) const {
  if (layer == "jail") return enclosure_.jail != nullptr;
  if (layer == "cgroup") return enclosure_.cgroups.has("memory");
  if (layer == "bpf") return guard_ != nullptr;
  return false;
}

void Containment::when_idle(std::function<void()> then) {
  if (!command_ || command_->idle()) return then();
  on_idle_ = std::move(then);
}

}  // namespace mayfly
