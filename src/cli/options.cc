// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <cctype>
#include <charconv>
#include <cstdlib>
#include <functional>

#include "machine/time_factor.h"
#include "units.h"

namespace mayfly {
namespace {

std::string environment(const char* name) {
  const char* value = ::getenv(name);
  return value ? value : "";
}

constexpr std::int64_t kShortestInterval = 100;     // ms
constexpr std::int64_t kLongestInterval = 86'400'000;

using Take = std::function<void(double)>;

Result<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Error("'" + std::string(text) + "' is not a number");
  }
  return value;
}

Result<double> parse_quantity(LimitUnit unit, std::string_view text) {
  if (unit == LimitUnit::count || unit == LimitUnit::processors) return parse_number(text);
  const auto value = unit == LimitUnit::milliseconds ? parse_duration_ms(text) : parse_size_bytes(text);
  if (!value) return value.error();
  return static_cast<double>(*value);
}

// An option whose text is a quantity, with a unit if it has one, within bounds.
CLI::Option* add_quantity(CLI::App& command, const std::string& flags, LimitUnit unit, double min, double max,
                          const std::string& help, Take take) {
  return command.add_option_function<std::string>(
      flags,
      [=](const std::string& text) {
        const auto value = parse_quantity(unit, text);
        if (!value) throw CLI::ValidationError(flags, value.error().message());
        if (!(*value >= min && *value <= max)) {
          throw CLI::ValidationError(flags, "'" + text + "' is out of range: " + to_figure(min) + " to " +
                                                to_figure(max) + " after conversion");
        }
        take(*value);
      },
      help);
}

// "--max-cpu-time" → "MAYFLY_MAX_CPU_TIME"
std::string variable_of(std::string_view option) {
  std::string name = "MAYFLY_";
  for (char c : option.substr(2)) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

// Absent: auto.
std::optional<double> parse_time_factor(const std::string& text) {
  if (text == "auto") return std::nullopt;
  double factor = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), factor);
  if (error != std::errc() || end != text.data() + text.size() || !(factor >= kLeastTimeFactor && factor <= kMostTimeFactor)) {
    throw CLI::ValidationError("--time-factor", "'" + text + "' is neither auto nor a number from 1 to 100");
  }
  return factor;
}

}  // namespace

Log CliSettings::log() const {
  return Log(parse_log_level(log_level).value_or(LogLevel::warning), log_format == "json");
}

CLI::Option* as_list(CLI::Option* option) {
  return option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
}

CLI::Option* add_place(CLI::App& command, const std::string& flags, std::string& target, const std::string& help) {
  const auto is_named = [](const std::string& path) {
    return path.empty() ? "is empty; name a place, or leave the option out" : std::string();
  };
  return command.add_option(flags, target, help)->check(is_named);
}

void add_settings(CLI::App& app, CliSettings& settings) {
  settings.home = default_home();
  add_place(app, "--home", settings.home, "State directory: images, kernel, caches, running machines")
      ->envname("MAYFLY_HOME")
      ->capture_default_str();
  app.add_option("--qemu", settings.qemu, "QEMU binary [qemu-system-x86_64 from PATH]")
      ->envname("MAYFLY_QEMU");
  app.add_option("--accel", settings.accelerator, "Accelerator; auto proves KVM before it is used")
      ->envname("MAYFLY_ACCEL")
      ->check(CLI::IsMember({"auto", "kvm", "tcg"}))
      ->capture_default_str();
  app.add_option("--image", settings.image, "Default image of tasks")
      ->envname("MAYFLY_IMAGE")
      ->capture_default_str();
  app.add_option_function<std::string>("--time-factor", [&settings](const std::string& text) { settings.time_factor = parse_time_factor(text); },
                                       "Multiply all task time limits by N; results say so. auto: measured once per host under "
                                       "emulation, 1 under KVM [auto]")
      ->envname("MAYFLY_TIME_FACTOR");
  app.add_flag("--no-prestart", settings.no_prestart, "Start interpreters with their task, not in the template of its language")
      ->envname("MAYFLY_NO_PRESTART");
  app.add_flag("--no-snapshot", settings.no_snapshot, "Boot each machine instead of restoring it from a template")
      ->envname("MAYFLY_NO_SNAPSHOT");
  app.add_option("--jail", settings.containment.jail, "Jail profile; use compat if strict stops your QEMU")
      ->envname("MAYFLY_JAIL")
      ->check(CLI::IsMember({"strict", "compat"}))
      ->capture_default_str();
  app.add_flag("--unsafe-no-jail", settings.containment.unsafe_no_jail,
               "Run QEMU without a jail: a guest that breaks out can do whatever this user can")
      ->envname("MAYFLY_UNSAFE_NO_JAIL");
  const auto read_uids = [&settings](const std::string& text) {
    const auto range = UidRange::parse(text);
    if (!range) throw CLI::ValidationError("--vmm-uids", range.error().message());
    settings.containment.vmm_uids = *range;
  };
  app.add_option_function<std::string>("--vmm-uids", read_uids, "Range of uids for QEMU processes when run by root, BASE:COUNT [2013265920:4194304]")
      ->envname("MAYFLY_VMM_UIDS");
  app.add_flag("--watch-syscalls", settings.containment.watch_syscalls,
               "Without BPF LSM: watch every system call of QEMU; slows down the whole host")
      ->envname("MAYFLY_WATCH_SYSCALLS");
  add_place(app, "--incidents", settings.containment.incidents, "Append escape attempts to this file [incidents.ndjson in the home]")
      ->envname("MAYFLY_INCIDENTS");
  app.add_option("--incident-command", settings.containment.incident_command,
                 "Shell command to run at each escape attempt: record on stdin, fields in MAYFLY_INCIDENT_…")
      ->envname("MAYFLY_INCIDENT_COMMAND");
  settings.add_required(environment("MAYFLY_REQUIRE"));
  const auto require = [&settings](const std::vector<std::string>& layers) {
    for (const std::string& layer : layers) settings.add_required(layer);
  };
  as_list(app.add_option_function<std::vector<std::string>>(
              "--require", require,
              "Refuse to run without these layers: kvm,jail,bpf,cgroup; adds to MAYFLY_REQUIRE and the configuration file"))
      ->delimiter(',')
      ->check(CLI::IsMember(known_layers()));
  app.add_option("--log-level", settings.log_level, "Minimum severity to log to stderr")
      ->envname("MAYFLY_LOG_LEVEL")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
  app.add_option("--log-format", settings.log_format, "Log format")
      ->envname("MAYFLY_LOG_FORMAT")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

void add_metrics(CLI::App& command, MetricsOptions& metrics) {
  const auto is_known = [](const std::string& path) {
    const bool known = path.ends_with(".csv") || path.ends_with(".ndjson") || path.ends_with(".prom");
    return known ? std::string() : "'" + path + "' ends in none of .csv, .ndjson and .prom";
  };
  as_list(command.add_option("--metrics", metrics.files,
                             "Write metrics to this file: samples of each machine (.csv, .ndjson; appended), or "
                             "totals for Prometheus (.prom; replaced)"))
      ->envname("MAYFLY_METRICS")
      ->check(is_known);
  add_quantity(command, "--metrics-interval", LimitUnit::milliseconds, kShortestInterval, kLongestInterval,
               "Sampling interval [1s]",
               [&metrics](double ms) { metrics.interval_ms = static_cast<std::int64_t>(ms); });
}

void add_limits(CLI::App& command, Limits& limits) {
  for (const LimitRow& row : limit_table()) {
    if (row.option.empty()) continue;
    add_quantity(command, std::string(row.option), row.unit, row.min, row.max, std::string(row.help),
                 [&limits, &row](double value) { set(limits, row, value); });
  }
}

void add_ceilings(CLI::App& command, Ceilings& ceilings) {
  for (const LimitRow& row : limit_table()) {
    add_quantity(command, std::string(row.ceiling), row.unit, row.min, row.max,
                 "Maximum that a task may set for " + std::string(row.field),
                 [&ceilings, &row](double most) { ceilings.set(row, most); })
        ->envname(variable_of(row.ceiling))
        ->group("Ceilings");
  }
}

void add_size(CLI::App& command, const std::string& flags, std::int64_t& target, std::int64_t min, std::int64_t max,
              const std::string& help) {
  add_quantity(command, flags, LimitUnit::bytes, static_cast<double>(min), static_cast<double>(max), help,
               [&target](double bytes) { target = static_cast<std::int64_t>(bytes); });
}

}  // namespace mayfly
