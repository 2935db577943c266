// SPDX-License-Identifier: Apache-2.0
#include "task/ending.h"

#include <set>
#include <string>

#include "helpers.h"

namespace mayfly::test {
namespace {

struct Row {
  Ending ending;
  const char* said;  // name verdict fault retryable evidence
};

// What mayfly promises its users for each ending, literally.
constexpr Row kPromised[] = {
    {Ending::exited_zero, "exited_zero ok none final guest"},
    {Ending::expected_output, "expected_output ok none final host"},
    {Ending::unexpected_output, "unexpected_output wrong_output task final host"},
    {Ending::checker_rejected, "checker_rejected wrong_output task final guest"},
    {Ending::exited_nonzero, "exited_nonzero nonzero_exit task final guest"},
    {Ending::signalled, "signalled signalled task final guest"},
    {Ending::not_found, "not_found nonzero_exit task final guest"},
    {Ending::cannot_run, "cannot_run nonzero_exit task final guest"},
    {Ending::compile_failed, "compile_failed compile_error task final guest"},
    {Ending::compile_stopped, "compile_stopped compile_error task final host"},
    {Ending::guest_timeout, "guest_timeout timeout task final guest"},
    {Ending::host_timeout, "host_timeout timeout task final host"},
    {Ending::guest_out_of_memory, "guest_out_of_memory memory_exceeded task final guest"},
    {Ending::guest_cpu_limit, "guest_cpu_limit cpu_exceeded task final guest"},
    {Ending::guest_output_limit, "guest_output_limit output_exceeded task final guest"},
    {Ending::cpu_limit, "cpu_limit cpu_exceeded task final host"},
    {Ending::output_limit, "output_limit output_exceeded task final host"},
    {Ending::disk_limit, "disk_limit disk_exceeded task final host"},
    {Ending::permission_denied, "permission_denied policy_rejected policy final host"},
    {Ending::permission_denied_by_agent, "permission_denied_by_agent policy_rejected policy final guest"},
    {Ending::compiler_missing, "compiler_missing spec_error config final guest"},
    {Ending::checker_failed, "checker_failed spec_error config final guest"},
    {Ending::checker_stopped, "checker_stopped spec_error config final host"},
    {Ending::files_refused, "files_refused spec_error config final guest"},
    {Ending::source_rejected, "source_rejected policy_rejected policy final host"},
    {Ending::spec_invalid, "spec_invalid spec_error config final host"},
    {Ending::unknown_language, "unknown_language spec_error config final host"},
    {Ending::escape_detected, "escape_detected escape_detected task final host"},
    {Ending::vmm_sigsys, "vmm_sigsys escape_detected task final host"},
    {Ending::launch_failed, "launch_failed infra_error infra retry host"},
    {Ending::boot_timeout, "boot_timeout infra_error infra retry host"},
    {Ending::boot_failed, "boot_failed infra_error infra retry guest"},
    {Ending::prepare_timeout, "prepare_timeout infra_error infra retry host"},
    {Ending::collect_timeout, "collect_timeout infra_error infra retry host"},
    {Ending::guest_reset, "guest_reset infra_error infra retry host"},
    {Ending::guest_shutdown, "guest_shutdown infra_error infra retry host"},
    {Ending::agent_failed, "agent_failed infra_error infra retry guest"},
    {Ending::agent_closed, "agent_closed infra_error infra retry host"},
    {Ending::agent_garbled, "agent_garbled infra_error infra retry host"},
    {Ending::agent_lied, "agent_lied infra_error infra retry host"},
    {Ending::vmm_exited, "vmm_exited infra_error infra retry host"},
    {Ending::vmm_signalled, "vmm_signalled infra_error infra retry host"},
    {Ending::qmp_failed, "qmp_failed infra_error infra retry host"},
    {Ending::host_disk_full, "host_disk_full infra_error infra retry host"},
    {Ending::host_io_error, "host_io_error infra_error infra retry host"},
    {Ending::host_out_of_memory, "host_out_of_memory infra_error infra retry host"},
    {Ending::mayfly_out_of_memory, "mayfly_out_of_memory infra_error infra retry host"},
    {Ending::host_overloaded, "host_overloaded infra_error infra retry host"},
    {Ending::cancelled, "cancelled cancelled cancelled retry host"},
};

std::string described(Ending ending) {
  const EndingRow& row = describe(ending);
  std::string out(row.name);
  for (const std::string_view word : {to_string(row.verdict), to_string(row.fault),
                                      std::string_view(row.retryable ? "retry" : "final"),
                                      to_string(row.evidence)}) {
    out += " " + std::string(word);
  }
  return out;
}

TEST_CASE("the table of endings, row by row") {
  std::set<Ending> covered;
  for (const Row& row : kPromised) {
    CHECK(described(row.ending) == row.said);
    covered.insert(row.ending);
  }
  CHECK(covered.size() == static_cast<std::size_t>(kEndings));
}

TEST_CASE("an infrastructure failure is never the task's fault, nor the other way round") {
  for (int i = 0; i < kEndings; ++i) {
    const EndingRow& row = describe(static_cast<Ending>(i));
    CAPTURE(row.name);
    CHECK((row.verdict == Verdict::infra_error) == (row.fault == Fault::infra));
    CHECK((row.verdict == Verdict::ok) == (row.fault == Fault::none));
    if (row.fault == Fault::task) CHECK_FALSE(row.retryable);
  }
}

TEST_CASE("verdicts are read by their names") {
  for (const std::string name :
       {"ok", "nonzero_exit", "signalled", "timeout", "cpu_exceeded", "memory_exceeded",
        "output_exceeded", "disk_exceeded", "compile_error", "policy_rejected", "escape_detected",
        "infra_error", "spec_error", "cancelled"}) {
    CAPTURE(name);
    REQUIRE(parse_verdict(name).has_value());
    CHECK(to_string(*parse_verdict(name)) == name);
  }
  CHECK_FALSE(parse_verdict("fine").has_value());
  CHECK_FALSE(parse_verdict("").has_value());
}

}  // namespace
}  // namespace mayfly::test
