// SPDX-License-Identifier: Apache-2.0
// Filters of system calls, interpreted here as the kernel would (seccomp(2)): every call, not only those that a test
// program can make.
#include "../../src/jail/syscall_filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>
#include <set>

#include "helpers.h"

namespace mayfly::test {
namespace {

constexpr int kMostCalls = 512;
constexpr std::uint32_t kX32 = 0x40000000;

bool jumps(const sock_filter& at, std::uint32_t a) {
  switch (BPF_OP(at.code)) {
    case BPF_JEQ: return a == at.k;
    case BPF_JGT: return a > at.k;
    case BPF_JGE: return a >= at.k;
    case BPF_JSET: return (a & at.k) != 0;
  }
  FAIL("an instruction that this interpreter does not know");
  return false;
}

// What the filter answers: those instructions that libseccomp uses.
std::uint32_t answer_of(const FilterProgram& program, const seccomp_data& data) {
  std::uint32_t a = 0;
  for (std::size_t pc = 0; pc < program.size(); ++pc) {
    const sock_filter& at = program[pc];
    if (at.code == (BPF_LD | BPF_W | BPF_ABS)) std::memcpy(&a, reinterpret_cast<const char*>(&data) + at.k, sizeof a);
    else if (at.code == (BPF_ALU | BPF_AND | BPF_K)) a &= at.k;
    else if (at.code == (BPF_JMP | BPF_JA)) pc += at.k;
    else if (BPF_CLASS(at.code) == BPF_JMP) pc += jumps(at, a) ? at.jt : at.jf;
    else if (at.code == (BPF_RET | BPF_K)) return at.k;
    else FAIL("an instruction that this interpreter does not know");
  }
  FAIL("a filter without an answer");
  return 0;
}

seccomp_data call(std::uint32_t number, std::uint32_t arch = AUDIT_ARCH_X86_64) {
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = arch;
  return data;
}

seccomp_data call(std::uint32_t number, const std::array<std::uint64_t, 6>& arguments) {
  seccomp_data data = call(number);
  std::copy(arguments.begin(), arguments.end(), data.args);
  return data;
}

FilterProgram filter_of(std::string_view profile) {
  const auto parsed = parse_profile("p", profile);
  REQUIRE(parsed);
  auto made = make_syscall_filter(*parsed);
  REQUIRE_MESSAGE(made.ok(), made.error().message());
  return *std::move(made);
}

TEST_CASE("a filter lets through what the profile names, and ends the process for all else") {
  for (const char* name : {"strict", "compat"}) {
    const auto profile = builtin_profile(name);
    REQUIRE(profile);
    std::set<int> named;
    for (const SyscallRule& rule : profile->syscalls) named.insert(::seccomp_syscall_resolve_name(rule.name.c_str()));
    const auto filter = make_syscall_filter(*profile);
    REQUIRE(filter);
    for (int number = 0; number < kMostCalls; ++number) {
      if (named.count(number)) continue;
      CAPTURE(number);
      CHECK(answer_of(*filter, call(static_cast<std::uint32_t>(number))) == SECCOMP_RET_KILL_PROCESS);
    }
  }
}

TEST_CASE("calls are allowed, refused with an error, or the end") {
  const FilterProgram filter = filter_of("allow read write\nrefuse ENOSYS clone3\n");
  CHECK(answer_of(filter, call(SYS_read)) == SECCOMP_RET_ALLOW);
  CHECK(answer_of(filter, call(SYS_write)) == SECCOMP_RET_ALLOW);
  CHECK(answer_of(filter, call(SYS_clone3)) == (SECCOMP_RET_ERRNO | ENOSYS));
  CHECK(answer_of(filter, call(SYS_ptrace)) == SECCOMP_RET_KILL_PROCESS);
}

TEST_CASE("a call of another architecture is the end, whatever its number means here") {
  const FilterProgram filter = filter_of("allow read write exit_group\n");
  for (std::uint32_t number = 0; number < kMostCalls; ++number) {
    CHECK(answer_of(filter, call(number, AUDIT_ARCH_I386)) == SECCOMP_RET_KILL_PROCESS);
    CHECK(answer_of(filter, call(number | kX32)) == SECCOMP_RET_KILL_PROCESS);
  }
}

TEST_CASE("arguments count in all their 64 bits, under their masks") {
  const FilterProgram filter = filter_of("allow ioctl if arg1 & 0xff00 == 0xae00\nallow prctl if arg0 == 4 and arg2 == 0x100000000\n");
  CHECK(answer_of(filter, call(SYS_ioctl, {3, 0xae41})) == SECCOMP_RET_ALLOW);
  CHECK(answer_of(filter, call(SYS_ioctl, {3, 0xaf41})) == SECCOMP_RET_KILL_PROCESS);
  CHECK(answer_of(filter, call(SYS_prctl, {4, 9, 0x100000000})) == SECCOMP_RET_ALLOW);
  CHECK(answer_of(filter, call(SYS_prctl, {4, 9, 0})) == SECCOMP_RET_KILL_PROCESS);
  CHECK(answer_of(filter, call(SYS_prctl, {4 | 1ULL << 32, 9, 0x100000000})) == SECCOMP_RET_KILL_PROCESS);
}

TEST_CASE("a device brings its commands, and no others") {
  const FilterProgram filter = filter_of("device /dev/kvm 0xae\n");
  CHECK(answer_of(filter, call(SYS_ioctl, {3, 0xae01})) == SECCOMP_RET_ALLOW);
  CHECK(answer_of(filter, call(SYS_ioctl, {3, 0x5401})) == SECCOMP_RET_KILL_PROCESS);
}

TEST_CASE("a call that there is not is a mistake in the profile") {
  const auto profile = parse_profile("mine", "allow read teleport\n");
  REQUIRE(profile);
  const std::string message = message_of(make_syscall_filter(*profile));
  CHECK(contains(message, "mine"));
  CHECK(contains(message, "'teleport'"));
}

TEST_CASE("execve comes with the cookie or is the end; other calls are not this filter's matter") {
  const ExecCookie cookie = {0x1122334455667788, 0, ~std::uint64_t{0}};
  const FilterProgram filter = make_exec_filter(cookie);
  const std::array<std::uint64_t, 6> good = {1, 2, 3, cookie[0], cookie[1], cookie[2]};
  CHECK(answer_of(filter, call(SYS_execve, good)) == SECCOMP_RET_ALLOW);
  for (std::size_t argument = 3; argument < 6; ++argument) {
    for (const int bit : {0, 31, 32, 63}) {
      auto wrong = good;
      wrong[argument] ^= std::uint64_t{1} << bit;
      CHECK(answer_of(filter, call(SYS_execve, wrong)) == SECCOMP_RET_KILL_PROCESS);
    }
  }
  CHECK(answer_of(filter, call(SYS_execve)) == SECCOMP_RET_KILL_PROCESS);
  CHECK(answer_of(filter, call(SYS_read)) == SECCOMP_RET_ALLOW);
}

}  // namespace
}  // namespace mayfly::test
