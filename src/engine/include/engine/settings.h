// SPDX-License-Identifier: Apache-2.0
//
// What an operator chooses about how tasks run, wherever it was said.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "jail/uid_range.h"

namespace mayfly {

// What holds a VMM, and what becomes of one that tries to escape.
struct ContainmentSettings {
  std::string jail = "strict";  // profile
  bool unsafe_no_jail = false;
  bool watch_syscalls = false;  // where BPF LSM is not to be had
  std::string incidents;        // file; empty: incidents.ndjson in the home
  std::string incident_command;
  UidRange vmm_uids;  // of root's VMMs
};

struct Settings {
  std::string home;                   // state directory
  std::string qemu;                   // binary; empty: qemu-system-x86_64 from PATH
  std::string accelerator = "auto";   // or kvm, tcg
  std::string image = "base";         // of tasks that name none
  bool no_snapshot = false;           // boot each machine
  std::optional<double> time_factor;  // on tasks' time-outs and budgets of processor time; absent: what is measured
  bool no_prestart = false;           // start no interpreter before its task is there
  ContainmentSettings containment;
  std::vector<std::string> require;  // layers without which nothing runs: all that anybody asked for

  // Layers, separated by commas, beside those that were required already: who asks for one, by flag, environment
  // or file, cannot be overruled by the others.
  void add_required(std::string_view layers);

  // Whether the settings go together, wherever each came from.
  Result<void> check() const;
};

// What can be required: kvm, jail, bpf, cgroup.
const std::set<std::string>& known_layers();

// Where state lives unless told otherwise: /var/lib/mayfly for root, else
// $XDG_DATA_HOME/mayfly or ~/.local/share/mayfly.
std::string default_home();

}  // namespace mayfly
