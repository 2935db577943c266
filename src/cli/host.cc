// SPDX-License-Identifier: Apache-2.0
#include "host.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/sha256.h"
#include "guest/initramfs.h"
#include "machine/time_factor.h"
#include "metrics/metrics.h"
#include "sys/files.h"
#include "sys/host_size.h"
#include "sys/trusted_path.h"
#include "sys/tsc.h"

namespace mayfly {
namespace {

constexpr const char* kQemuName = "qemu-system-x86_64";

// A cold boot under emulation takes a second or two, and many on a crowded machine.
constexpr Nanoseconds kBootTimeoutKvm = 20 * kSecond;
constexpr Nanoseconds kBootTimeoutTcg = 60 * kSecond;

// Templates are copies in memory of what is on disk: they may take a quarter of the host's.
constexpr std::int64_t kTemplateShare = 4;

// What tasks are given where the speed of emulation cannot be measured: it is 10 to 30 times slower.
constexpr double kAssumedFactor = 20;

// Changes whenever another image is published under this name.
std::string image_version(const std::string& home, const std::string& name) {
  struct stat s {};
  if (::stat((home + "/images/" + name + "/manifest.json").c_str(), &s) < 0) return "";
  return std::to_string(s.st_dev) + " " + std::to_string(s.st_ino) + " " + std::to_string(s.st_ctim.tv_sec) +
         "." + std::to_string(s.st_ctim.tv_nsec);
}

bool is_in_memory(const std::string& path) {
  struct statfs fs {};
  return ::statfs(path.c_str(), &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

Error not_executable(const std::string& path, int code) {
  return Error::system("QEMU " + path, code)
      .context("cannot run machines")
      .hint("install it (apt-get install qemu-system-x86), or name it with --qemu PATH");
}

}  // namespace

Result<std::string> find_qemu_binary(const Settings& settings) {
  if (!settings.qemu.empty()) {
    if (::access(settings.qemu.c_str(), X_OK) == 0) return settings.qemu;
    return not_executable(settings.qemu, errno);
  }
  const char* path = ::getenv("PATH");
  std::string rest = path ? path : "/usr/bin:/bin";
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::string candidate = rest.substr(0, colon) + "/" + kQemuName;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  return not_executable(kQemuName, ENOENT);
}

Result<void> check_home_trusted(const std::string& home) {
  for (const char* part : {"", "/kernel", "/images", "/cache", "/cache/digests", "/templates"}) {
    const std::string path = home + part;
    if (::access(path.c_str(), F_OK) != 0) continue;
    if (auto trusted = check_trusted(path); !trusted) return trusted;
  }
  return {};
}

Result<Fd> open_initramfs() { return sealed_memory_file("mayfly-initramfs", agent_initramfs()); }

Result<std::unique_ptr<Host>> Host::open(const Settings& settings, const Log& log) {
  if (auto consistent = settings.check(); !consistent) return std::move(consistent).error();
  if (auto trusted = check_home_trusted(settings.home); !trusted) return std::move(trusted).error();
  std::unique_ptr<Host> host(new Host(settings));
  if (auto found = host->find_qemu(); !found) return std::move(found).error();
  if (auto loaded = host->load_kernel(log); !loaded) return std::move(loaded).error();
  auto run_directory = RunDirectory::create(settings.home);
  if (!run_directory) return std::move(run_directory).error();
  host->run_directory_ = *std::move(run_directory);
  if (auto defended = host->defend(log); !defended) return std::move(defended).error();
  if (auto chosen = host->choose_accelerator(log); !chosen) return std::move(chosen).error();
  host->choose_time_factor(log);
  if (auto checked = host->check_requirements(); !checked) return std::move(checked).error();
  host->templates_ = std::make_unique<TemplateCache>(*host->ring_, settings.home, host->digests_,
                                                      memory_of_host() / kTemplateShare);
  return host;
}

// The jail comes before the ring, which has threads.
Result<void> Host::defend(const Log& log) {
  const std::string& path = run_directory_->path();
  auto defence = Defence::open(settings_, qemu_, kernel_, path.substr(path.rfind('/') + 1), log);
  if (!defence) return std::move(defence).error();
  defence_ = *std::move(defence);
  auto ring = Ring::open();
  if (!ring) return std::move(ring).error();
  ring_ = *std::move(ring);
  return defence_->watch(*ring_, settings_, log);
}

Result<void> Host::find_qemu() {
  auto path = find_qemu_binary(settings_);
  if (!path) return std::move(path).error();
  std::error_code error;
  qemu_ = std::filesystem::canonical(*path, error);  // the jail has it in the same place, and no links
  if (error) return not_executable(*path, error.value());
  const auto fd = open_file(qemu_, O_RDONLY);
  if (!fd) return fd.error();
  auto digest = digests_.sha256(fd->get(), qemu_);
  if (!digest) return std::move(digest).error();
  qemu_sha256_ = *std::move(digest);
  return {};
}

Result<void> Host::load_kernel(const Log& log) {
  auto kernel = open_kernel(settings_.home);
  if (!kernel) return std::move(kernel).error();
  kernel_ = *std::move(kernel);
  if (!digests_.remembers(kernel_.vmlinux.fd.get())) log.info("verifying the guest kernel");
  if (auto verified = verify(kernel_.vmlinux, digests_); !verified) return verified;
  auto initramfs = open_initramfs();
  if (!initramfs) return std::move(initramfs).error();
  initramfs_ = *std::move(initramfs);
  initramfs_sha256_ = sha256_of_text(agent_initramfs());
  return {};
}

// Of machines without a disk.
MachineParts Host::bare_parts() const {
  MachineParts parts;
  parts.vmm.qemu = qemu_;
  parts.vmm.accelerator = accelerator_;
  parts.vmm.tsc_khz = tsc_khz_;
  parts.kernel = &kernel_;
  parts.initramfs_fd = initramfs_.get();
  parts.run_directory = &*run_directory_;
  parts.boot_timeout = accelerator_ == Accelerator::kvm ? kBootTimeoutKvm : kBootTimeoutTcg;
  defence_->add_to(parts);
  return parts;
}

// An emulated processor is slower than what the authors of tasks have in mind when they set limits.
void Host::choose_time_factor(const Log& log) {
  time_factor_ = settings_.time_factor.value_or(1);
  if (settings_.time_factor || accelerator_ == Accelerator::kvm) return;
  const auto measured = measure_time_factor(*ring_, bare_parts(), settings_.home, qemu_sha256_);
  time_factor_ = measured ? measured->factor : kAssumedFactor;
  if (!measured) log.warning("the speed of emulated machines could not be measured, and " + std::to_string(static_cast<int>(kAssumedFactor)) +
                             " is taken for the time factor: " + measured.error().message());
}

// Whether KVM works is remembered for the host; whether the jail can have it is this process's own matter.
AcceleratorProof Host::prove_kvm_here() {
  if (const auto usable = defence_->check_devices(); !usable) return {false, usable.error().message()};
  return prove_kvm(*ring_, bare_parts(), settings_.home, qemu_sha256_, settings_.accelerator == "kvm" ? kPatientProof : kShortProof);
}

// KVM is used only where a guest has been seen to boot under it.
Result<void> Host::choose_accelerator(const Log& log) {
  tsc_khz_ = measure_tsc_khz();
  if (settings_.accelerator == "tcg") return defence_->leave_out_devices();
  const AcceleratorProof proof = prove_kvm_here();
  if (proof.kvm_works) {
    accelerator_ = Accelerator::kvm;
    return {};
  }
  if (settings_.accelerator == "kvm") {
    return Error("KVM does not work here: " + proof.reason)
        .hint("mayfly doctor says more; --accel tcg emulates instead, 10 to 30 times slower");
  }
  log.warning("no working KVM, so tasks are emulated (TCG) and slow: " + proof.reason);
  return defence_->leave_out_devices();
}

Result<void> Host::check_requirements() const {
  for (const std::string& layer : settings_.require) {
    if (layer == "kvm" ? accelerator_ == Accelerator::kvm : defence_->has(layer)) continue;
    return Error("--require " + layer + ": this layer is not in force here")
        .hint("mayfly doctor says which layers this host can have");
  }
  return {};
}

std::unique_ptr<Pool> Host::make_pool(int size, const Log& log) {
  PoolOptions options;
  options.size = size;
  options.snapshots = !settings_.no_snapshot;
  options.most_launching_ahead = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return std::make_unique<Pool>(*ring_, *templates_, log, options,
                                [&log](const std::string& trouble) { log.warning(trouble); });
}

void Host::wind_up(Pool& pool) {
  const auto stop = [this] { ring_->stop(); };
  const auto measure = [this, stop] { metrics_ ? metrics_->finish(stop) : stop(); };
  pool.close([this, measure] { defence_->when_idle(measure); });
}

Result<const TaskEnvironment*> Host::environment(const std::string& name, bool may_be_slow) {
  auto& known = images_[name];
  if (known && known->version == image_version(settings_.home, name)) return &known->environment;
  auto loaded = load_image(name, may_be_slow);
  // What was published in its place cannot be used, or not yet: what is open is still whole.
  if (!loaded && known) return &known->environment;
  if (!loaded) {
    images_.erase(name);
    return std::move(loaded).error();
  }
  if (known) {
    known->environment.parts.stale = true;
    replaced_.push_back(std::move(known));
  }
  known = *std::move(loaded);
  return &known->environment;
}

Result<std::unique_ptr<Host::LoadedImage>> Host::load_image(const std::string& name, bool may_be_slow) {
  auto loaded = std::make_unique<LoadedImage>();
  loaded->version = image_version(settings_.home, name);
  auto image = open_image(settings_.home, name);
  if (!image) return std::move(image).error();
  if (!may_be_slow && !digests_.remembers(image->disk.fd.get())) {
    return Error("image '" + name + "' has not been verified since it changed")
        .hint("run: mayfly image verify " + name);
  }
  if (auto verified = verify(image->disk, digests_); !verified) return std::move(verified).error();
  if (auto verified = verify(image->overlay, digests_); !verified) return std::move(verified).error();
  loaded->image = *std::move(image);
  TaskEnvironment& environment = loaded->environment;
  environment.languages = loaded->image.languages;
  environment.largest = {static_cast<int>(memory_of_host() >> 20), processors_of_host()};
  MachineParts& parts = environment.parts;
  parts.vmm.qemu = qemu_;
  parts.vmm.accelerator = accelerator_;
  parts.vmm.tsc_khz = tsc_khz_;
  parts.kernel = &kernel_;
  parts.initramfs_fd = initramfs_.get();
  parts.image = &loaded->image;
  parts.run_directory = &*run_directory_;
  parts.overlays_in_memory = is_in_memory(run_directory_->path());
  parts.boot_timeout = accelerator_ == Accelerator::kvm ? kBootTimeoutKvm : kBootTimeoutTcg;
  parts.identity = {loaded->image.disk.sha256, kernel_.vmlinux.sha256, initramfs_sha256_, qemu_sha256_};
  environment.isolation.accelerator = to_string(accelerator_);
  environment.isolation.time_factor = time_factor_;
  if (!settings_.no_prestart) parts.prestarts = plan_prestarts(environment.languages);
  if (metrics_) parts.oversight.watcher = &metrics_->watcher();
  defence_->add_to(parts);
  defence_->add_to(environment.isolation);
  environment.provenance = {loaded->image.disk.sha256, kernel_.vmlinux.sha256, qemu_sha256_};
  return loaded;
}

}  // namespace mayfly
