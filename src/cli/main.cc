// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "batch/summary.h"
#include "commands.h"
#include "config_file.h"
#include "sys/inherited.h"

namespace mayfly {

void report(const Log& log, const Error& error) {
  log.error(error.message());
  if (!error.hint().empty()) log.error("hint: " + error.hint());
}

namespace {

// Wrong usage is 125 for `run`, whose other statuses belong to the program, and 2 otherwise.
int usage_status(const CLI::App& app) {
  return app.got_subcommand("run") ? kExitRunFailed : kExitUsage;
}

int main_with_exit_status(int argc, char** argv) {
  CLI::App app("mayfly runs untrusted programs, each in its own fresh microVM.", "mayfly");
  CliSettings settings;
  int exit_status = 0;
  app.require_subcommand(1);
  app.fallthrough();
  add_config_file(app, settings);
  add_settings(app, settings);
  // Behind "--" is the program that `run` runs, none of our business.
  char** const end = argv + argc;
  char** const dashes = std::find(argv, end, std::string_view("--"));
  const std::vector<std::string> program(dashes == end ? end : dashes + 1, end);
  add_run_command(app, settings, program, exit_status);
  add_batch_command(app, settings, exit_status);
  add_doctor_command(app, settings, exit_status);
  add_image_command(app, settings, exit_status);
  add_languages_command(app, settings, exit_status);
  add_template_command(app, settings, exit_status);
  add_version_command(app, settings, exit_status);
  try {
    app.parse(static_cast<int>(dashes - argv), argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    if (status == 0) return 0;
    if (app.get_subcommands().empty() && argc > 1) {
      std::cerr << "The first argument that is no option must be a command; mayfly --help lists them.\n";
    }
    if (app.got_subcommand("run") && program.empty()) {
      std::cerr << "The program to run goes last, behind --: mayfly run -- echo hello\n";
    }
    return usage_status(app);
  }
  return exit_status;
}

// What a command has printed may be in stdio's buffer until here.
int status_after_output(int status) {
  errno = 0;
  const bool written = std::fflush(stdout) == 0 && !std::ferror(stdout);
  if (written || status != kExitOk) return status;
  if (errno == EPIPE) return 128 + SIGPIPE;
  std::cerr << "mayfly: error: standard output cannot be written\n";
  return kExitHostUnusable;
}

}  // namespace
}  // namespace mayfly

int main(int argc, char** argv) {
  mayfly::reset_inherited_state();
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of its write
  std::signal(SIGXFSZ, SIG_IGN);  // and so is a file that is as long as files may be (RLIMIT_FSIZE)
  return mayfly::status_after_output(mayfly::main_with_exit_status(argc, argv));
}
