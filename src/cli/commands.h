// SPDX-License-Identifier: Apache-2.0
//
// One function per command. Each adds its options to `app` and, when its command is the one
// that was given, sets `exit_status`. Commands parse, wire the parts and print; no more.
#pragma once

#include <CLI/CLI.hpp>

#include "options.h"

namespace mayfly {

// `mayfly run` fails with this when mayfly itself, not the program, is at fault.
inline constexpr int kExitRunFailed = 125;

// `program` is what stands behind "--", as it stands there: CLI11 would read "[a,b]" as a list.
void add_run_command(CLI::App& app, const CliSettings& settings,
                     const std::vector<std::string>& program, int& exit_status);
void add_batch_command(CLI::App& app, const CliSettings& settings, int& exit_status);
void add_doctor_command(CLI::App& app, const CliSettings& settings, int& exit_status);
void add_image_command(CLI::App& app, const CliSettings& settings, int& exit_status);
void add_languages_command(CLI::App& app, const CliSettings& settings, int& exit_status);
void add_template_command(CLI::App& app, const CliSettings& settings, int& exit_status);
void add_version_command(CLI::App& app, const CliSettings& settings, int& exit_status);

// Logs an error with its hint.
void report(const Log& log, const Error& error);

}  // namespace mayfly
