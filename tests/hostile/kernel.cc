// SPDX-License-Identifier: Apache-2.0
//
// Parts of the kernel that QEMU has no use for. Where success would harm the host, the call
// carries an argument that the kernel refuses after it has looked at the permission.
#include <asm/ldt.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/quota.h>
#include <linux/reboot.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "attempt.h"

namespace hostile {
namespace {

Outcome make_map(const Attempt&) {
  bpf_attr attributes{};
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = attributes.value_size = 4;
  attributes.max_entries = 1;
  return judge("bpf", ::syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes));
}

Outcome count_events(const Attempt&) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_TASK_CLOCK;
  attributes.exclude_kernel = attributes.exclude_hv = 1;
  return judge("perf_event_open", ::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0L));
}

Outcome add_key(const Attempt&) {
  return judge("add_key", ::syscall(SYS_add_key, "user", "attack", "x", 1L, KEY_SPEC_PROCESS_KEYRING));
}

Outcome join_keyring(const Attempt&) {
  return judge("keyctl", ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr));
}

Outcome handle_faults(const Attempt&) {
  constexpr int kUserModeOnly = 1;  // UFFD_USER_MODE_ONLY, which older headers lack
  return judge("userfaultfd", ::syscall(SYS_userfaultfd, kUserModeOnly));
}

Outcome load_kernel(const Attempt&) {
  constexpr long kTooManySegments = 1 << 16;
  return judge_permission("kexec_load", ::syscall(SYS_kexec_load, 0L, kTooManySegments, nullptr, 0L), {EINVAL});
}

Outcome load_module(const Attempt&) {
  return judge_permission("init_module", ::syscall(SYS_init_module, "x", 1L, ""), {ENOEXEC});
}

// Port 0x80 shows a boot's progress on old boards; nothing is written to it.
Outcome use_port(const Attempt&) { return judge("ioperm", ::syscall(SYS_ioperm, 0x80L, 1L, 1)); }
Outcome use_all_ports(const Attempt&) { return judge("iopl", ::syscall(SYS_iopl, 3)); }

Outcome set_segment(const Attempt&) {
  user_desc segment{};
  segment.limit = 1;
  segment.seg_32bit = 1;
  return judge("modify_ldt", ::syscall(SYS_modify_ldt, 1, &segment, sizeof segment));
}

Outcome sync_quotas(const Attempt&) {
  constexpr int kUserQuotas = 0;
  return judge("quotactl", ::syscall(SYS_quotactl, QCMD(Q_SYNC, kUserQuotas), nullptr, 0, nullptr));
}

// A directory cannot be swapped to.
Outcome swap_on(const Attempt&) { return judge_permission("swapon", ::syscall(SYS_swapon, "/", 0), {EISDIR}); }

Outcome restart(const Attempt&) {
  constexpr long kNoCommand = 0x0badf00d;
  return judge_permission(
      "reboot", ::syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, kNoCommand, nullptr), {EINVAL});
}

// No place on earth is that far west.
Outcome set_time(const Attempt&) {
  const struct timezone zone{1 << 20, 0};
  return judge_permission("settimeofday", ::syscall(SYS_settimeofday, nullptr, &zone), {EINVAL});
}

// Types into somebody's terminal.
Outcome type_text(const Attempt& attempt) {
  for (const char& c : attempt.text("text") + "\n") {
    if (::syscall(SYS_ioctl, attempt.number("fd"), TIOCSTI, &c) < 0) return judge("ioctl TIOCSTI", -1);
  }
  return success("ioctl TIOCSTI: typed");
}

Outcome read_log(const Attempt&) {
  constexpr int kReadAll = 3;
  std::array<char, 4096> text;
  return judge("syslog", ::syscall(SYS_syslog, kReadAll, text.data(), text.size()));
}

constexpr Attack kAttacks[] = {
    {"bpf", make_map},
    {"perf_event_open", count_events},
    {"add_key", add_key},
    {"keyctl", join_keyring},
    {"userfaultfd", handle_faults},
    {"kexec_load", load_kernel},
    {"init_module", load_module},
    {"ioperm", use_port},
    {"iopl", use_all_ports},
    {"modify_ldt", set_segment},
    {"quotactl", sync_quotas},
    {"swapon", swap_on},
    {"reboot", restart},
    {"settimeofday", set_time},
    {"tiocsti", type_text},
    {"syslog", read_log},
};

}  // namespace

std::span<const Attack> kernel_attacks() { return kAttacks; }

}  // namespace hostile
