// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>

#include "base/json.h"
#include "batch/summary.h"
#include "commands.h"
#include "doctor_checks.h"

namespace mayfly {
namespace {

constexpr std::size_t kNameWidth = 14;

std::vector<Check> examine(const Settings& settings) {
  const Check jail = check_jail(settings);
  std::vector<Check> checks{check_platform(), check_io_uring(), check_memory(), check_rlimits(),
                            check_home(settings), check_qemu(settings), check_kernel(settings)};
  for (Check& check : check_images(settings)) checks.push_back(std::move(check));
  checks.push_back(check_cgroups());
  checks.push_back(check_bpf());
  checks.push_back(jail);
  checks.push_back(check_uids(settings));
  for (Check& check : check_hardening()) checks.push_back(std::move(check));
  // Machines only where everything they are made of is there.
  const bool usable = std::none_of(checks.begin(), checks.end(), [](const Check& check) {
    return check.status == CheckStatus::failure;
  });
  if (usable) {
    checks.push_back(check_accelerator(settings));
    checks.push_back(check_time_factor(settings));
    checks.push_back(check_task(settings));
  }
  return checks;
}

const char* label(CheckStatus status) {
  switch (status) {
    case CheckStatus::ok: return "ok";
    case CheckStatus::warning: return "warning";
    case CheckStatus::failure: return "FAILURE";
  }
  return "";
}

void print_text(const std::vector<Check>& checks) {
  for (const Check& check : checks) {
    std::cout << check.name << std::string(kNameWidth - std::min(kNameWidth - 1, check.name.size()), ' ')
              << label(check.status) << ": " << check.finding << "\n";
    if (!check.remedy.empty()) std::cout << std::string(kNameWidth, ' ') << "-> " << check.remedy << "\n";
  }
}

void print_json(const std::vector<Check>& checks, bool usable) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  write_integer(writer, "schema", 1);
  write_bool(writer, "usable", usable);
  writer.Key("checks");
  writer.StartArray();
  for (const Check& check : checks) {
    writer.StartObject();
    write_text(writer, "name", check.name);
    write_text(writer, "status", check.status == CheckStatus::failure ? "failure" : label(check.status));
    write_text(writer, "finding", check.finding);
    if (!check.remedy.empty()) write_text(writer, "remedy", check.remedy);
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
  std::cout << buffer.GetString() << "\n";
}

}  // namespace

void add_doctor_command(CLI::App& app, const CliSettings& settings, int& exit_status) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("doctor", "Check this host, by booting real machines on it");
  command->footer("Exits 0 if tasks can run here, 69 if not.");
  command->add_flag("--json", *json, "As JSON");
  command->callback([json, &settings, &exit_status] {
    const std::vector<Check> checks = examine(settings);
    const bool usable = std::none_of(checks.begin(), checks.end(), [](const Check& check) {
      return check.status == CheckStatus::failure;
    });
    *json ? print_json(checks, usable) : print_text(checks);
    exit_status = usable ? kExitOk : kExitHostUnusable;
  });
}

}  // namespace mayfly
