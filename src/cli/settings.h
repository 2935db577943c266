// SPDX-License-Identifier: Apache-2.0
//
// What can be said by flag, environment variable and configuration file alike.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "jail/uid_range.h"
#include "metrics/metrics_files.h"
#include "task/task_spec.h"

namespace mayfly {

struct Settings {
  std::string home;                // state directory
  std::string qemu;                // binary; empty: qemu-system-x86_64 from PATH
  std::string accelerator = "auto";
  std::string image = "base";
  bool no_snapshot = false;          // boot each machine
  std::optional<double> time_factor;  // on tasks' time-outs and budgets of processor time; absent: what is measured
  bool no_prestart = false;          // start no interpreter before its task is there
  std::string jail = "strict";       // profile
  bool unsafe_no_jail = false;
  bool watch_syscalls = false;       // where BPF LSM is not to be had
  std::string incidents;             // file; empty: incidents.ndjson in the home
  std::string incident_command;
  UidRange vmm_uids;                 // of root's VMMs
  std::vector<std::string> require;  // layers without which nothing runs: all that anybody asked for
  std::string log_level = "warning";
  std::string log_format = "text";

  Log log() const;

  // Layers, separated by commas, beside those that were required already: who asks for one, by flag, environment
  // or file, cannot be overruled by the others.
  void add_required(std::string_view layers);

  // Whether the settings go together, wherever each came from.
  Result<void> check() const;
};

// Where state lives unless told otherwise: /var/lib/mayfly for root, else
// $XDG_DATA_HOME/mayfly or ~/.local/share/mayfly.
std::string default_home();

// The options that every command knows.
void add_settings(CLI::App& app, Settings& settings);

// An option that may be given several times, and takes one argument each time: it must not
// swallow the file name that follows.
CLI::Option* as_list(CLI::Option* option);

// An option whose text names a file or directory. An empty one, as of a variable that is not set, is an error.
CLI::Option* add_place(CLI::App& command, const std::string& flags, std::string& target, const std::string& help);

// The options that set a task's limits; the values land in `limits`.
void add_limits(CLI::App& command, Limits& limits);

// The options that bound what a task may ask for.
void add_ceilings(CLI::App& command, Ceilings& ceilings);

// Bytes with a unit, within bounds.
void add_size(CLI::App& command, const std::string& flags, std::int64_t& target, std::int64_t min, std::int64_t max,
              const std::string& help);

// The options that say what is measured.
void add_metrics(CLI::App& command, MetricsOptions& metrics);

}  // namespace mayfly
