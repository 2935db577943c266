// SPDX-License-Identifier: Apache-2.0
//
// What can be said by flag, environment variable and configuration file alike.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "base/log.h"
#include "engine/settings.h"
#include "metrics/metrics_files.h"
#include "task/limits.h"

namespace mayfly {

// The engine's settings, and how mayfly itself speaks.
struct CliSettings : Settings {
  std::string log_level = "warning";
  std::string log_format = "text";

  Log log() const;
};

// The options that every command knows.
void add_settings(CLI::App& app, CliSettings& settings);

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
