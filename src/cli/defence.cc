// SPDX-License-Identifier: Apache-2.0
#include "defence.h"

namespace mayfly {
namespace {

Result<std::unique_ptr<Jail>> open_jail(const Settings& settings, const std::string& qemu, const Kernel& kernel) {
  auto profile = builtin_profile(settings.jail);
  if (!profile) return std::move(profile).error();
  return Jail::open({*std::move(profile), qemu, {kernel.vmlinux.fd.get()}, settings.vmm_uids});
}

}  // namespace

Result<std::unique_ptr<Defence>> Defence::open(const Settings& settings, const std::string& qemu, const Kernel& kernel,
                                               const std::string& name, const Log& log) {
  std::unique_ptr<Defence> defence(new Defence);
  // Before an ordinary user's mayfly is in a user namespace, where nobody can tell whose links those on the way are.
  auto incidents = IncidentLog::open(settings.incidents.empty() ? settings.home + "/incidents.ndjson" : settings.incidents);
  if (!incidents) return std::move(incidents).error();
  defence->incidents_ = *std::move(incidents);
  if (settings.unsafe_no_jail) {
    if (settings.watch_syscalls) {
      return Error("--watch-syscalls knows from the jail's profile which calls are QEMU's, and there is no jail")
          .hint("leave out --watch-syscalls, or --unsafe-no-jail");
    }
    log.warning("QEMU runs without a jail (--unsafe-no-jail): a guest that breaks out of it may do what this user may do");
  } else {
    auto jail = open_jail(settings, qemu, kernel);
    if (!jail) {
      Error error = std::move(jail).error();
      const std::string hint = error.hint();
      return std::move(error).hint((hint.empty() ? "" : hint + "; ") + "or run without it, at your own risk: --unsafe-no-jail");
    }
    defence->jail_ = *std::move(jail);
  }
  defence->cgroups_.emplace(CgroupTree::open(name));
  if (!defence->cgroups_->why_not().empty()) log.info("machines have no cgroup with limits: " + defence->cgroups_->why_not());
  return defence;
}

Result<void> Defence::watch(Ring& ring, const Settings& settings, const Log& log) {
  if (!settings.incident_command.empty()) {
    command_ = std::make_unique<IncidentCommand>(
        ring, settings.incident_command,
        IncidentCommand::Handlers{.on_failure = [&log](const Error& error) { log.error(error.message()); },
                                  .on_idle = [this] { if (on_idle_) std::exchange(on_idle_, nullptr)(); }});
  }
  on_incident_ = [this, &log](const IncidentRecord& record) { take_incident(record, log); };
  if (!cgroups_->has_unified()) return {};
  EscapeMonitorOptions options;
  options.watch_syscalls = settings.watch_syscalls;
  options.watch_reads = jail_ != nullptr;
  if (jail_) options.readable_files = jail_->files();
  if (jail_) options.allowed_syscalls = jail_->allowed_syscalls();
  auto guard = EscapeGuard::open(ring, options);
  if (guard) {
    guard_ = *std::move(guard);
  } else {
    log.info("escapes are not watched for: " + guard.error().message());
  }
  return {};
}

void Defence::take_incident(const IncidentRecord& record, const Log& log) {
  log.error("machine " + record.machine + (record.task ? " of task " + *record.task : "") + ": escape attempt: QEMU " +
            describe(record.incident));
  if (auto kept = incidents_->append(record); !kept) log.error(kept.error().message());
  if (!command_) return;
  if (auto run = command_->run(record); !run) log.error(run.error().message());
}

Result<void> Defence::check_devices() const { return jail_ ? jail_->check_devices() : Result<void>(); }

Result<void> Defence::leave_out_devices() { return jail_ ? jail_->leave_out_devices() : Result<void>(); }

void Defence::add_to(MachineParts& parts) {
  parts.oversight.jail = jail_.get();
  parts.cgroups = &*cgroups_;
  parts.oversight.guard = guard_.get();
  parts.oversight.on_incident = on_incident_;
}

void Defence::add_to(Isolation& isolation) const {
  if (jail_) isolation.jail = jail_->layers();
  isolation.jail.emplace_back("sandbox");  // QEMU's own seccomp filter
  isolation.unsafe_no_jail = !jail_;
  isolation.cgroup = cgroups_->receipt();
  if (guard_) isolation.bpf = guard_->mode();
  isolation.limits_enforced = {"timeout_ms", "compile_ms", "total_ms", "output_bytes", "memory_bytes", "cpu_ms", "disk_bytes", "io_bytes_per_s"};
  if (cgroups_->has("cpu")) isolation.limits_enforced.emplace_back("cpus");
}

bool Defence::has(const std::string& layer) const {
  if (layer == "jail") return jail_ != nullptr;
  if (layer == "cgroup") return cgroups_->has("memory");
  if (layer == "bpf") return guard_ != nullptr;
  return false;
}

void Defence::when_idle(std::function<void()> then) {
  if (!command_ || command_->idle()) return then();
  on_idle_ = std::move(then);
}

}  // namespace mayfly
