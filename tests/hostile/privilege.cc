// SPDX-License-Identifier: Apache-2.0
//
// More rights or fewer limits for the process itself.
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "attempt.h"
#include "opening.h"

namespace hostile {
namespace {

Outcome become_root(const Attempt&) { return judge("setresuid", ::syscall(SYS_setresuid, 0, 0, 0)); }

Outcome join_group(const Attempt&) {
  const gid_t root = 0;
  return judge("setgroups", ::syscall(SYS_setgroups, 1L, &root));
}

using Capabilities = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

long set_capabilities(const Capabilities& wanted) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  return ::syscall(SYS_capset, &header, wanted.data());
}

// Gives the right to administer the system up, and wants it back.
Outcome raise_capability(const Attempt&) {
  constexpr std::uint32_t kAdmin = 1U << CAP_SYS_ADMIN;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  Capabilities capabilities{};
  if (::syscall(SYS_capget, &header, capabilities.data()) < 0) return judge("capget", -1);
  capabilities[0].effective &= ~kAdmin;
  if (set_capabilities(capabilities) < 0) return judge("capset", -1);
  capabilities[0].effective |= kAdmin;
  capabilities[0].permitted |= kAdmin;
  return judge("capset", set_capabilities(capabilities));
}

long set_option(int option, unsigned long value) { return ::syscall(SYS_prctl, option, value, 0L, 0L, 0L); }

// The first lets others look into this process, the last lets it live on without mayfly.
Outcome set_dumpable(const Attempt&) { return judge("prctl PR_SET_DUMPABLE", set_option(PR_SET_DUMPABLE, 1)); }
Outcome set_securebits(const Attempt&) {
  return judge("prctl PR_SET_SECUREBITS", set_option(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS));
}
Outcome outlive_parent(const Attempt&) { return judge("prctl PR_SET_PDEATHSIG", set_option(PR_SET_PDEATHSIG, 0)); }

Outcome set_personality(const Attempt&) {
  return judge("personality", ::syscall(SYS_personality, static_cast<unsigned long>(READ_IMPLIES_EXEC)));
}

constexpr rlimit kNoLimit{RLIM_INFINITY, RLIM_INFINITY};

Outcome raise_file_size(const Attempt&) {
  return judge("setrlimit", ::syscall(SYS_setrlimit, RLIMIT_FSIZE, &kNoLimit));
}

Outcome raise_file_size_64(const Attempt&) {
  return judge("prlimit64", ::syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, &kNoLimit, nullptr));
}

// Real time goes before everybody else's.
Outcome run_first(const Attempt&) {
  const sched_param priority{1};
  return judge("sched_setscheduler", ::syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &priority));
}

Outcome run_sooner(const Attempt&) {
  return judge("setpriority", ::syscall(SYS_setpriority, PRIO_PROCESS, 0, -20));
}

// A filter that allows everything, with or without somebody to ask.
long add_filter(unsigned flags) {
  sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const sock_fprog program{1, &allow};
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

// Whoever has no capability has to promise first never to get any.
long add_filter_somehow(unsigned flags) {
  const long result = add_filter(flags);
  if (result >= 0 || errno != EACCES) return result;
  if (set_option(PR_SET_NO_NEW_PRIVS, 1) < 0) return -1;
  return add_filter(flags);
}

Outcome listen_to_calls(const Attempt&) {
  return judge("seccomp", add_filter_somehow(SECCOMP_FILTER_FLAG_NEW_LISTENER));
}

Outcome allow_all(const Attempt& attempt) {
  if (add_filter_somehow(SECCOMP_FILTER_FLAG_TSYNC) < 0) return judge("seccomp", -1);
  return use_opened(attempt, "open", ::syscall(SYS_open, attempt.text("path").c_str(), O_RDONLY));
}

constexpr Attack kAttacks[] = {
    {"setuid", become_root},
    {"setgroups", join_group},
    {"capset", raise_capability},
    {"dumpable", set_dumpable},
    {"securebits", set_securebits},
    {"outlive_parent", outlive_parent},
    {"personality", set_personality},
    {"setrlimit", raise_file_size},
    {"prlimit", raise_file_size_64},
    {"real_time", run_first},
    {"setpriority", run_sooner},
    {"seccomp_listener", listen_to_calls},
    {"seccomp_allow", allow_all},
};

}  // namespace

std::span<const Attack> privilege_attacks() { return kAttacks; }

}  // namespace hostile
