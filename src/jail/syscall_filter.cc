// SPDX-License-Identifier: Apache-2.0
#include "syscall_filter.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <memory>

#include "base/fd.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxInstructions = BPF_MAXINSNS;

struct Release {
  void operator()(void* context) const { ::seccomp_release(context); }
};
using Context = std::unique_ptr<void, Release>;

Result<void> add_rule(const Context& context, const SyscallRule& rule) {
  const int number = ::seccomp_syscall_resolve_name(rule.name.c_str());
  if (number == __NR_SCMP_ERROR) return Error("there is no system call '" + rule.name + "'");
  const std::uint32_t action = rule.error == 0 ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(static_cast<std::uint16_t>(rule.error));
  std::vector<scmp_arg_cmp> conditions;
  for (const auto& [index, mask, value] : rule.arguments) conditions.push_back({index, SCMP_CMP_MASKED_EQ, mask, value});
  const int status = ::seccomp_rule_add_array(context.get(), action, number, static_cast<unsigned>(conditions.size()), conditions.data());
  if (status < 0) return Error::system("seccomp rule for '" + rule.name + "'", -status);
  return {};
}

// libseccomp hands the program out through a file only.
Result<FilterProgram> export_program(const Context& context) {
  const Fd file(::memfd_create("seccomp", MFD_CLOEXEC));
  if (!file) return Error::system("memfd_create", errno);
  if (const int status = ::seccomp_export_bpf(context.get(), file.get()); status < 0) return Error::system("seccomp_export_bpf", -status);
  FilterProgram program(kMaxInstructions);
  const ssize_t size = ::pread(file.get(), program.data(), program.size() * sizeof(sock_filter), 0);
  if (size <= 0) return Error::system("read the seccomp filter", errno);
  program.resize(static_cast<std::size_t>(size) / sizeof(sock_filter));
  return program;
}

constexpr sock_filter load(std::size_t offset) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
constexpr sock_filter answer(std::uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }

}  // namespace

Result<FilterProgram> make_syscall_filter(const Profile& profile) {
  const Context context(::seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (!context) return Error("seccomp_init failed");
  ::seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  ::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a binary tree
  std::vector<SyscallRule> rules = profile.syscalls;
  for (const DeviceRule& device : profile.devices) rules.push_back({"ioctl", 0, {{1, 0xff00, std::uint64_t{device.ioctl_type} << 8}}});
  for (const SyscallRule& rule : rules) {
    if (auto added = add_rule(context, rule); !added) {
      return std::move(added).error().context("jail profile " + profile.name);
    }
  }
  return export_program(context);
}

// The kernel runs it beside the other filter; the stricter answer wins.
FilterProgram make_exec_filter(const ExecCookie& cookie) {
  constexpr std::size_t kFirstUnused = 3;
  FilterProgram program{load(offsetof(seccomp_data, nr)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 1, 0),
                        answer(SECCOMP_RET_ALLOW)};
  for (std::size_t i = 0; i < cookie.size(); ++i) {
    const std::size_t at = offsetof(seccomp_data, args) + (kFirstUnused + i) * sizeof(std::uint64_t);
    for (int half = 0; half < 2; ++half) {  // little-endian: the low one first
      program.push_back(load(at + static_cast<std::size_t>(half) * sizeof(std::uint32_t)));
      program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(cookie[i] >> (32 * half)), 1, 0));
      program.push_back(answer(SECCOMP_RET_KILL_PROCESS));
    }
  }
  program.push_back(answer(SECCOMP_RET_ALLOW));
  return program;
}

bool install_filter(const FilterProgram& program) {
  const sock_fprog filter{static_cast<unsigned short>(program.size()), const_cast<sock_filter*>(program.data())};
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
}

}  // namespace mayfly
