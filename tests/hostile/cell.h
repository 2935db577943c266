// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "jail/jail.h"
#include "machine/factory.h"
#include "monitor/escape_monitor.h"

namespace mayfly::hostile {

struct CellOptions {
  std::string program;             // what is launched: its real path
  std::string home;                // a state directory; a QEMU finds kernel and image there
  std::string profile = "strict";  // of the jail
  std::string readable;            // a file that the jail lets a VMM open once more, such as a guest's kernel
  bool qemu = false;               // the program is one, and wants to be called like one
  bool jailed = true;
  bool devices = false;            // it gets those of the profile
  std::int64_t disk_bytes = 1 << 20;  // that an overlay may grow by
};

// All that holds the captured processes of one captive, made as mayfly makes it for its
// machines (engine/containment.cc, engine/host.cc), and what the machines are made of.
class Cell {
 public:
  using Handler = std::function<void(const Incident&)>;

  static Result<std::unique_ptr<Cell>> open(const CellOptions& options);

  Ring& ring() { return *ring_; }
  const CellOptions& options() const { return options_; }
  const MachineParts& parts() const { return parts_; }

  // "lsm", "tp_btf", or "" with the reason in why_unwatched().
  std::string bpf() const { return monitor_ ? std::string(monitor_->mode()) : ""; }
  const std::string& why_unwatched() const { return why_unwatched_; }
  const Jail* jail() const { return jail_.get(); }
  const CgroupTree& cgroups() const { return *cgroups_; }

  // From here on the cgroup's incidents are told. False: there is no monitor, or no cgroup.
  bool arm(std::uint64_t cgroup, Handler on_incident);
  void disarm(std::uint64_t cgroup);
  void consume();

 private:
  explicit Cell(const CellOptions& options) : options_(options) {}
  Result<void> find_machine_files();
  Result<void> defend();
  void watch();

  CellOptions options_;
  Fd readable_;
  Kernel kernel_;
  Image image_;
  Fd initramfs_;
  std::optional<RunDirectory> run_directory_;
  std::unique_ptr<Jail> jail_;
  std::optional<CgroupTree> cgroups_;
  std::unique_ptr<Ring> ring_;
  std::map<std::uint64_t, Handler> armed_;
  std::unique_ptr<EscapeMonitor> monitor_;
  std::string why_unwatched_;
  MachineParts parts_;
};

}  // namespace mayfly::hostile
