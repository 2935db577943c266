// SPDX-License-Identifier: Apache-2.0
// System calls that a seccomp filter refuses, and those that are not on the list of the watch on system calls.
#include <linux/audit.h>
#include <seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "helpers.h"
#include "monitor/escape_monitor.h"
#include "monitor_bench.h"

namespace mayfly::test {
namespace {

constexpr int kGetpidOf32Bits = 20;  // as an x86-64 number that is writev

// A filter that lets everything pass but one call.
void refuse(std::uint32_t action, int syscall) {
  const scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ALLOW);
  if (::seccomp_rule_add(filter, action, syscall, 0) != 0 || ::seccomp_load(filter) != 0) ::_exit(99);
  ::seccomp_release(filter);
}

void call_by_int80(long number) {
  long result = number;
  asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
}

void survive_sigsys() {
  struct sigaction ignore {};
  ignore.sa_handler = [](int) {};
  ::sigaction(SIGSYS, &ignore, nullptr);
}

TEST_CASE("a call that the filter kills for is seen, and the process ends by SIGSYS") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    MonitorBench bench(mode);
    const TestCgroup cgroup;
    Actor actor(cgroup, [] { ::syscall(SYS_getppid); }, [] { refuse(SCMP_ACT_KILL_PROCESS, SCMP_SYS(getppid)); });
    bench.arm(cgroup, 9);
    CHECK(actor.go_and_end() == -SIGSYS);
    bench.wait_for(1);
    CHECK(bench.incidents[0].kind == Incident::Kind::seccomp);
    CHECK(bench.incidents[0].machine == 9);
    CHECK(bench.incidents[0].syscall == SYS_getppid);
    CHECK(bench.incidents[0].arch == AUDIT_ARCH_X86_64);
    CHECK(syscall_name(bench.incidents[0]) == "getppid");
  }
}

TEST_CASE("where the filter only traps, a process that would go on is killed") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    MonitorBench bench(mode);
    const TestCgroup cgroup;
    const auto prepare = [] {
      survive_sigsys();
      refuse(SCMP_ACT_TRAP, SCMP_SYS(getppid));
    };
    const auto act = [] { ::syscall(SYS_getppid); };
    CHECK(Actor(cgroup, act, prepare).go_and_end() == 0);
    Actor armed(cgroup, act, prepare);
    bench.arm(cgroup);
    CHECK(armed.go_and_end() == -SIGKILL);
    bench.wait_for(1);
    CHECK(bench.incidents[0].syscall == SYS_getppid);
  }
}

TEST_CASE("a call by int 0x80 has the name that it has there") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    MonitorBench bench(mode);
    const TestCgroup cgroup;
    // A filter for x86-64 kills for other architectures.
    const auto prepare = [] {
      const scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ALLOW);
      ::seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
      if (::seccomp_load(filter) != 0) ::_exit(99);
    };
    Actor actor(cgroup, [] { call_by_int80(kGetpidOf32Bits); }, prepare);
    bench.arm(cgroup);
    CHECK(actor.go_and_end() == -SIGSYS);
    bench.wait_for(1);
    CHECK(bench.incidents[0].arch == AUDIT_ARCH_I386);
    CHECK(syscall_name(bench.incidents[0]) == "getpid");
  }
}

// Enough for an actor to wait, to act and to end (as AddressSanitizer does it).
EscapeMonitorOptions only_listed() {
  return {.watch_syscalls = true, .allowed_syscalls = {SYS_read, SYS_writev, SYS_exit_group, SYS_sigaltstack, SYS_getuid}};
}

TEST_CASE("the watch on system calls kills for one that is not on the list") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    MonitorBench bench(mode, only_listed());
    const TestCgroup cgroup, other;
    const auto act = [] { ::syscall(SYS_getppid); };
    Actor actor(cgroup, act), listed(cgroup, [] { ::syscall(SYS_getuid); }), elsewhere(other, act);
    bench.arm(cgroup);
    CHECK(listed.go_and_end() == 0);
    CHECK(elsewhere.go_and_end() == 0);
    bench.monitor->consume();
    CHECK(bench.incidents.empty());
    CHECK(actor.go_and_end() == -SIGKILL);
    bench.wait_for(1);
    CHECK(bench.incidents[0].kind == Incident::Kind::syscall);
    CHECK(bench.incidents[0].syscall == SYS_getppid);
    CHECK(syscall_name(bench.incidents[0]) == "getppid");
  }
}

TEST_CASE("numbers that are beyond the list, or mean another call, are not on it") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    MonitorBench bench(mode, only_listed());
    const TestCgroup cgroup;
    Actor by_int80(cgroup, [] { call_by_int80(kGetpidOf32Bits); });
    Actor x32(cgroup, [] { ::syscall(0x40000000 + SYS_read); });
    Actor too_high(cgroup, [] { ::syscall(512 + SYS_read); });
    Actor negative(cgroup, [] { ::syscall(-1L); });
    bench.arm(cgroup);
    for (Actor* actor : {&by_int80, &x32, &too_high, &negative}) CHECK(actor->go_and_end() == -SIGKILL);
    bench.wait_for(4);
    CHECK(bench.incidents[0].arch == AUDIT_ARCH_I386);
    CHECK(syscall_name(bench.incidents[0]) == "getpid");
    CHECK(bench.incidents[1].syscall == 0x40000000 + SYS_read);
    CHECK(bench.incidents[2].syscall == 512 + SYS_read);
    CHECK(bench.incidents[3].syscall == -1);
  }
}

TEST_CASE("without the watch, a call is nobody's business") {
  for (const std::string& mode : monitor_modes()) {
    CAPTURE(mode);
    MonitorBench bench(mode, {.allowed_syscalls = {SYS_read}});
    const TestCgroup cgroup;
    bench.arm(cgroup);
    CHECK(Actor(cgroup, [] { ::syscall(SYS_getppid); }).go_and_end() == 0);
    bench.monitor->consume();
    CHECK(bench.incidents.empty());
  }
}

}  // namespace
}  // namespace mayfly::test
