// SPDX-License-Identifier: Apache-2.0
#include "engine/host.h"

#include <linux/magic.h>
#include <sys/statfs.h>

#include <algorithm>
#include <cassert>
#include <thread>
#include <utility>

#include "machine/time_factor.h"
#include "sys/host_size.h"
#include "sys/tsc.h"

namespace mayfly {
namespace {

// A cold boot under emulation takes a second or two, and many on a crowded machine.
constexpr Nanoseconds kBootTimeoutKvm = 20 * kSecond;
constexpr Nanoseconds kBootTimeoutTcg = 60 * kSecond;

// Templates are copies in memory of what is on disk: they may take a quarter of the host's.
constexpr std::int64_t kTemplateShare = 4;

// What tasks are given where the speed of emulation cannot be measured: it is 10 to 30 times slower.
constexpr double kAssumedFactor = 20;

bool is_in_memory(const std::string& path) {
  struct statfs fs {};
  return ::statfs(path.c_str(), &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

// The enclosure comes before the ring: see there.
Result<std::unique_ptr<Host>> Host::open(const Settings& settings, const Log& log) {
  if (auto consistent = settings.check(); !consistent) return std::move(consistent).error();
  if (auto trusted = check_home_trusted(settings.home); !trusted) return std::move(trusted).error();
  auto assets = Assets::open(settings, DigestCache(settings.home), log);
  if (!assets) return std::move(assets).error();
  auto run_directory = RunDirectory::create(settings.home);
  if (!run_directory) return std::move(run_directory).error();
  auto enclosure = Enclosure::open(settings, assets->qemu, assets->kernel, last_part(run_directory->path()), log);
  if (!enclosure) return std::move(enclosure).error();
  auto ring = Ring::open();
  if (!ring) return std::move(ring).error();
  auto containment = Containment::open(**ring, *std::move(enclosure), settings.containment, log);
  if (!containment) return std::move(containment).error();
  std::unique_ptr<Host> host(new Host(settings, log, *std::move(assets), *std::move(run_directory), *std::move(ring),
                                      *std::move(containment)));
  if (auto chosen = host->choose_accelerator(); !chosen) return std::move(chosen).error();
  host->choose_time_factor();
  if (auto checked = host->check_requirements(); !checked) return std::move(checked).error();
  return host;
}

Host::Host(const Settings& settings, const Log& log, Assets assets, RunDirectory run_directory, std::unique_ptr<Ring> ring,
           std::unique_ptr<Containment> containment)
    : settings_(settings),
      log_(log),
      digests_(settings.home),
      assets_(std::move(assets)),
      run_directory_(std::move(run_directory)),
      ring_(std::move(ring)),
      containment_(std::move(containment)),
      vmm_{assets_.qemu, Accelerator::tcg, measure_tsc_khz()},
      templates_(std::make_unique<TemplateCache>(*ring_, settings_.home, digests_, memory_of_host() / kTemplateShare)) {}

// Of machines without a disk.
MachineParts Host::bare_parts() {
  MachineParts parts;
  parts.vmm = vmm_;
  parts.kernel = &assets_.kernel;
  parts.initramfs_fd = assets_.initramfs.get();
  parts.run_directory = &run_directory_;
  parts.boot_timeout = vmm_.accelerator == Accelerator::kvm ? kBootTimeoutKvm : kBootTimeoutTcg;
  containment_->add_to(parts);
  return parts;
}

// Of tasks on whatever image.
TaskEnvironment Host::common_environment() {
  const auto& [qemu, qemu_sha256, kernel, initramfs, initramfs_sha256] = assets_;
  TaskEnvironment environment;
  environment.parts = bare_parts();
  environment.parts.overlays_in_memory = is_in_memory(run_directory_.path());
  environment.parts.identity = {"", kernel.vmlinux.sha256, initramfs_sha256, qemu_sha256};
  if (metrics_) environment.parts.oversight.watcher = &metrics_->watcher();
  environment.provenance = {"", kernel.vmlinux.sha256, qemu_sha256};
  environment.isolation.accelerator = to_string(vmm_.accelerator);
  environment.isolation.time_factor = time_factor_;
  containment_->add_to(environment.isolation);
  environment.largest = {static_cast<int>(memory_of_host() >> 20), processors_of_host()};
  return environment;
}

// Whether KVM works is remembered for the host; whether the jail can have it is this process's own matter.
AcceleratorProof Host::prove_kvm_here() {
  if (const auto usable = containment_->check_devices(); !usable) return {false, usable.error().message()};
  const Nanoseconds patience = settings_.accelerator == "kvm" ? kPatientProof : kShortProof;
  return prove_kvm(*ring_, bare_parts(), settings_.home, assets_.qemu_sha256, patience);
}

// KVM is used only where a guest has been seen to boot under it.
Result<void> Host::choose_accelerator() {
  if (settings_.accelerator == "tcg") return containment_->leave_out_devices();
  const AcceleratorProof proof = prove_kvm_here();
  if (proof.kvm_works) {
    vmm_.accelerator = Accelerator::kvm;
    return {};
  }
  if (settings_.accelerator == "kvm") {
    return Error("KVM does not work here: " + proof.reason)
        .hint("mayfly doctor says more; --accel tcg emulates instead, 10 to 30 times slower");
  }
  log_.warning("no working KVM, so tasks are emulated (TCG) and slow: " + proof.reason);
  return containment_->leave_out_devices();
}

// An emulated processor is slower than what the authors of tasks have in mind when they set limits.
void Host::choose_time_factor() {
  time_factor_ = settings_.time_factor.value_or(1);
  if (settings_.time_factor || vmm_.accelerator == Accelerator::kvm) return;
  const auto measured = measure_time_factor(*ring_, bare_parts(), settings_.home, assets_.qemu_sha256);
  time_factor_ = measured ? measured->factor : kAssumedFactor;
  if (measured) return;
  log_.warning("the speed of emulated machines could not be measured, and " +
               std::to_string(static_cast<int>(kAssumedFactor)) + " is taken for the time factor: " + measured.error().message());
}

Result<void> Host::check_requirements() const {
  for (const std::string& layer : settings_.require) {
    if (layer == "kvm" ? vmm_.accelerator == Accelerator::kvm : containment_->has(layer)) continue;
    return Error("--require " + layer + ": this layer is not in force here")
        .hint("mayfly doctor says which layers this host can have");
  }
  return {};
}

Result<void> Host::measure(MetricsFiles files) {
  assert(!environments_);
  auto metrics = Metrics::open(std::move(files), *ring_, log_);
  if (!metrics) return std::move(metrics).error();
  metrics_ = *std::move(metrics);
  return {};
}

void Host::count(const TaskResult& result) {
  if (metrics_) metrics_->add(result);
}

Result<const TaskEnvironment*> Host::environment(const std::string& image, bool may_be_slow) {
  if (!environments_) environments_.emplace(settings_.home, digests_, common_environment(), !settings_.no_prestart);
  return environments_->get(image, may_be_slow);
}

void Host::verify_images(const std::set<std::string>& names) {
  for (const std::string& name : names) {
    if (auto verified = environment(name, true); !verified) log_.warning(verified.error().message());
  }
}

std::unique_ptr<Pool> Host::make_pool(int size) {
  PoolOptions options;
  options.size = size;
  options.snapshots = !settings_.no_snapshot;
  options.most_launching_ahead = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return std::make_unique<Pool>(*ring_, *templates_, log_, options,
                                [this](const std::string& trouble) { log_.warning(trouble); });
}

void Host::wind_up(Pool& pool) {
  const auto stop = [this] { ring_->stop(); };
  const auto measure = [this, stop] { metrics_ ? metrics_->finish(stop) : stop(); };
  pool.close([this, measure] { containment_->when_idle(measure); });
}

}  // namespace mayfly
