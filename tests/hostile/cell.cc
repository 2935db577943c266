// SPDX-License-Identifier: Apache-2.0
#include "cell.h"

#include <fcntl.h>
#include <unistd.h>

#include "guest/initramfs.h"
#include "sys/files.h"
#include "sys/memory_file.h"

namespace mayfly::hostile {

Result<std::unique_ptr<Cell>> Cell::open(const CellOptions& options) {
  std::unique_ptr<Cell> cell(new Cell(options));
  if (auto found = cell->find_machine_files(); !found) return std::move(found).error();
  auto directory = RunDirectory::create(options.home);
  if (!directory) return std::move(directory).error();
  cell->run_directory_ = *std::move(directory);
  if (auto defended = cell->defend(); !defended) return std::move(defended).error();
  auto ring = Ring::open();  // after the jail: see there
  if (!ring) return std::move(ring).error();
  cell->ring_ = *std::move(ring);
  cell->watch();
  MachineParts& parts = cell->parts_;
  parts.vmm.qemu = options.program;
  parts.kernel = &cell->kernel_;
  parts.initramfs_fd = cell->initramfs_.get();
  parts.image = &cell->image_;
  parts.run_directory = &*cell->run_directory_;
  parts.oversight.jail = cell->jail_.get();
  parts.cgroups = &*cell->cgroups_;
  return cell;
}

// What stands in for a QEMU is restored, and brings its disk along.
Result<void> Cell::find_machine_files() {
  if (!options_.qemu) return {};
  auto kernel = open_kernel(options_.home);
  if (!kernel) return std::move(kernel).error();
  kernel_ = *std::move(kernel);
  auto image = open_image(options_.home, "base");
  if (!image) return std::move(image).error();
  image_ = *std::move(image);
  auto initramfs = sealed_memory_file("initramfs", agent_initramfs());
  if (!initramfs) return std::move(initramfs).error();
  initramfs_ = *std::move(initramfs);
  return {};
}

Result<void> Cell::defend() {
  cgroups_.emplace(CgroupTree::open("captive-" + std::to_string(::getpid())));
  if (!options_.jailed) return {};
  auto profile = builtin_profile(options_.profile);
  if (!profile) return std::move(profile).error();
  JailOptions jail{*std::move(profile), options_.program, {}, {}};
  if (options_.qemu) jail.readable.push_back(kernel_.vmlinux.fd.get());
  if (!options_.readable.empty()) {
    auto file = open_file(options_.readable, O_RDONLY);
    if (!file) return std::move(file).error();
    readable_ = *std::move(file);
    jail.readable.push_back(readable_.get());
  }
  auto opened = Jail::open(jail);
  if (!opened) return std::move(opened).error();
  jail_ = *std::move(opened);
  return options_.devices ? Result<void>() : jail_->leave_out_devices();
}

void Cell::watch() {
  EscapeMonitorOptions options;
  if (jail_) options.readable_files = jail_->files();
  auto monitor = EscapeMonitor::open(*ring_, options, [this](const Incident& incident) {
    const auto armed = armed_.find(incident.machine);
    if (armed != armed_.end()) armed->second(incident);
  });
  if (monitor) monitor_ = *std::move(monitor);
  else why_unwatched_ = monitor.error().message();
}

bool Cell::arm(std::uint64_t cgroup, Handler on_incident) {
  if (!monitor_ || cgroup == 0 || !monitor_->arm(cgroup, cgroup)) return false;
  armed_[cgroup] = std::move(on_incident);
  return true;
}

void Cell::disarm(std::uint64_t cgroup) {
  if (armed_.erase(cgroup) > 0) monitor_->disarm(cgroup);
}

void Cell::consume() {
  if (monitor_) monitor_->consume();
}

}  // namespace mayfly::hostile
