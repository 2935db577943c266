// SPDX-License-Identifier: Apache-2.0
#include "task/ending.h"

#include <array>

namespace mayfly {
namespace {

constexpr bool kRetry = true;
constexpr bool kFinal = false;

// In the order of enum Ending.
constexpr std::array<EndingRow, kEndings> kTable = {{
    {"exited_zero", Verdict::ok, Fault::none, kFinal, Evidence::guest},
    {"expected_output", Verdict::ok, Fault::none, kFinal, Evidence::host},
    {"unexpected_output", Verdict::wrong_output, Fault::task, kFinal, Evidence::host},
    {"checker_rejected", Verdict::wrong_output, Fault::task, kFinal, Evidence::guest},
    {"exited_nonzero", Verdict::nonzero_exit, Fault::task, kFinal, Evidence::guest},
    {"signalled", Verdict::signalled, Fault::task, kFinal, Evidence::guest},
    {"not_found", Verdict::nonzero_exit, Fault::task, kFinal, Evidence::guest},
    {"cannot_run", Verdict::nonzero_exit, Fault::task, kFinal, Evidence::guest},
    {"compile_failed", Verdict::compile_error, Fault::task, kFinal, Evidence::guest},
    {"compile_stopped", Verdict::compile_error, Fault::task, kFinal, Evidence::host},
    {"guest_timeout", Verdict::timeout, Fault::task, kFinal, Evidence::guest},
    {"host_timeout", Verdict::timeout, Fault::task, kFinal, Evidence::host},
    {"guest_out_of_memory", Verdict::memory_exceeded, Fault::task, kFinal, Evidence::guest},
    {"guest_cpu_limit", Verdict::cpu_exceeded, Fault::task, kFinal, Evidence::guest},
    {"guest_output_limit", Verdict::output_exceeded, Fault::task, kFinal, Evidence::guest},
    {"cpu_limit", Verdict::cpu_exceeded, Fault::task, kFinal, Evidence::host},
    {"output_limit", Verdict::output_exceeded, Fault::task, kFinal, Evidence::host},
    {"disk_limit", Verdict::disk_exceeded, Fault::task, kFinal, Evidence::host},
    {"permission_denied", Verdict::policy_rejected, Fault::policy, kFinal, Evidence::host},
    {"permission_denied_by_agent", Verdict::policy_rejected, Fault::policy, kFinal, Evidence::guest},
    {"compiler_missing", Verdict::spec_error, Fault::config, kFinal, Evidence::guest},
    {"checker_failed", Verdict::spec_error, Fault::config, kFinal, Evidence::guest},
    {"checker_stopped", Verdict::spec_error, Fault::config, kFinal, Evidence::host},
    {"files_refused", Verdict::spec_error, Fault::config, kFinal, Evidence::guest},
    {"source_rejected", Verdict::policy_rejected, Fault::policy, kFinal, Evidence::host},
    {"spec_invalid", Verdict::spec_error, Fault::config, kFinal, Evidence::host},
    {"unknown_language", Verdict::spec_error, Fault::config, kFinal, Evidence::host},
    {"escape_detected", Verdict::escape_detected, Fault::task, kFinal, Evidence::host},
    {"vmm_sigsys", Verdict::escape_detected, Fault::task, kFinal, Evidence::host},
    {"launch_failed", Verdict::infra_error, Fault::infra, kRetry, Evidence::host},
    {"boot_timeout", Verdict::infra_error, Fault::infra, kRetry, Evidence::host},
    {"boot_failed", Verdict::infra_error, Fault::infra, kRetry, Evidence::guest},
    {"prepare_timeout", Verdict::infra_error, Fault::infra, kRetry, Evidence::host},
    {"collect_timeout", Verdict::infra_error, Fault::infra, kRetry, Evidence::host},
    {"guest_reset", Verdict::infra_error, Fault::infra, kRetry, Evidence::host},
    {"guest_shutdown", Verdict::infra_error, Fault::infra, kRetry, Evidence::host},
    {"agent_failed", Verdict::infra_error, Fault::infra, kRetry, Evidence::guest},
    {"agent_closed", Verdict::infra_error, Fault::infra, kRetry, Evidence::host},
    {"agent_garbled", Verdict::infra_error, Fault::infra, kRetry, Evidence::host},
    {"agent_lied", Verdict::infra_error, Fault::infra, kRetry, Evidence::host},
    {"vmm_exited", Verdict::infra_error, Fault::infra, kRetry, Evidence::host},
    {"vmm_signalled", Verdict::infra_error, Fault::infra, kRetry, Evidence::host},
    {"qmp_failed", Verdict::infra_error, Fault::infra, kRetry, Evidence::host},
    {"host_disk_full", Verdict::infra_error, Fault::infra, kRetry, Evidence::host},
    {"host_io_error", Verdict::infra_error, Fault::infra, kRetry, Evidence::host},
    {"host_out_of_memory", Verdict::infra_error, Fault::infra, kRetry, Evidence::host},
    {"mayfly_out_of_memory", Verdict::infra_error, Fault::infra, kRetry, Evidence::host},
    {"host_overloaded", Verdict::infra_error, Fault::infra, kRetry, Evidence::host},
    {"cancelled", Verdict::cancelled, Fault::cancelled, kRetry, Evidence::host},
}};

constexpr std::array<std::string_view, 15> kVerdicts = {
    "ok",           "wrong_output", "nonzero_exit",    "signalled",       "timeout",       "cpu_exceeded",
    "memory_exceeded", "output_exceeded", "disk_exceeded", "compile_error", "policy_rejected",
    "escape_detected", "infra_error",  "spec_error",      "cancelled"};

constexpr std::array<std::string_view, 6> kFaults = {"none",   "task",   "infra",
                                                     "policy", "config", "cancelled"};

}  // namespace

const EndingRow& describe(Ending ending) { return kTable[static_cast<std::size_t>(ending)]; }

std::string_view to_string(Verdict verdict) { return kVerdicts[static_cast<std::size_t>(verdict)]; }
std::string_view to_string(Fault fault) { return kFaults[static_cast<std::size_t>(fault)]; }
std::string_view to_string(Evidence evidence) {
  return evidence == Evidence::host ? "host" : "guest";
}

std::optional<Verdict> parse_verdict(std::string_view name) {
  for (std::size_t i = 0; i < kVerdicts.size(); ++i) {
    if (kVerdicts[i] == name) return static_cast<Verdict>(i);
  }
  return std::nullopt;
}

}  // namespace mayfly
