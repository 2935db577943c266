// SPDX-License-Identifier: Apache-2.0
// What of the guest's sandbox can be tried without a machine; tests/machine/test_sandbox.py tries all.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "guest/cell.h"
#include "guest/cell_filter.h"
#include "helpers.h"
#include "protocol/own_directory.h"

namespace mayfly::test {
namespace {

using namespace guest;

// What a filter of the kernel's classic kind answers; the instructions that ours is made of.
std::uint32_t run(std::span<const sock_filter> filter, const seccomp_data& data) {
  std::uint32_t value = 0;
  for (std::size_t at = 0; at < filter.size(); ++at) {
    const auto& [code, jump_true, jump_false, k] = filter[at];
    const auto jump = [&](bool taken) { at += taken ? jump_true : jump_false; };
    switch (code) {
      case BPF_LD | BPF_W | BPF_ABS: std::memcpy(&value, reinterpret_cast<const char*>(&data) + k, sizeof value); break;
      case BPF_JMP | BPF_JEQ | BPF_K: jump(value == k); break;
      case BPF_JMP | BPF_JGE | BPF_K: jump(value >= k); break;
      case BPF_JMP | BPF_JSET | BPF_K: jump((value & k) != 0); break;
      case BPF_RET | BPF_K: return k;
      default: FAIL("an instruction that is not expected");
    }
  }
  FAIL("the filter has no end");
  return 0;
}

// -1: the process ends; 0: allowed; else the error.
int answer(long number, std::uint64_t first = 0, std::uint64_t third = 0, std::uint32_t machine = AUDIT_ARCH_X86_64) {
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = machine;
  data.args[0] = first;
  data.args[2] = third;
  const std::uint32_t action = run(syscall_filter(), data);
  if (action == SECCOMP_RET_KILL_PROCESS) return -1;
  if (action == SECCOMP_RET_ALLOW) return 0;
  CHECK((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO);
  return static_cast<int>(action & SECCOMP_RET_DATA);
}

TEST_CASE("the filter denies what it names, and exactly so many") {
  for (const long number : {SYS_mount, SYS_setns, SYS_ptrace, SYS_bpf, SYS_keyctl, SYS_reboot, SYS_uselib, SYS_clock_settime,
                            SYS_io_uring_setup, SYS_quotactl_fd, SYS_mount_setattr, SYS_pidfd_getfd}) {
    CAPTURE(number);
    CHECK(answer(number) == EPERM);
  }
  int denied = 0;
  for (long number = 0; number < 512; ++number) denied += answer(number, 1) == EPERM ? 1 : 0;
  CHECK(denied == 61 + 1);  // and a personality
}

TEST_CASE("the filter allows what programs need") {
  for (const long number : {SYS_read, SYS_write, SYS_openat, SYS_execve, SYS_fork, SYS_vfork, SYS_futex, SYS_kill, SYS_mmap,
                            SYS_socketpair, SYS_prctl, SYS_seccomp, SYS_memfd_create, SYS_rseq, SYS_pidfd_open, 511}) {
    CAPTURE(number);
    CHECK(answer(number) == 0);
  }
}

TEST_CASE("the filter looks at arguments where they matter") {
  CHECK(answer(SYS_clone3) == ENOSYS);
  CHECK(answer(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD) == 0);
  CHECK(answer(SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND | CLONE_SETTLS) == 0);
  for (const std::uint64_t flag : {CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS}) {
    CHECK(answer(SYS_clone, flag | SIGCHLD) == EPERM);
  }
  CHECK(answer(SYS_personality, 0xffffffff) == 0);
  CHECK(answer(SYS_personality, PER_LINUX) == 0);
  CHECK(answer(SYS_personality, ADDR_NO_RANDOMIZE) == EPERM);
  for (const int family : {AF_UNIX, AF_INET, AF_INET6}) CHECK(answer(SYS_socket, static_cast<std::uint64_t>(family)) == 0);
  for (const int family : {AF_NETLINK, AF_VSOCK, AF_PACKET, AF_ALG, AF_BLUETOOTH}) {
    CHECK(answer(SYS_socket, static_cast<std::uint64_t>(family)) == EAFNOSUPPORT);
  }
}

TEST_CASE("other machines' calls end the process, and x32 is refused") {
  CHECK(answer(SYS_read, 0, 0, AUDIT_ARCH_I386) == -1);
  CHECK(answer(SYS_read, 0, 0, AUDIT_ARCH_AARCH64) == -1);
  CHECK(answer(0x40000000 | SYS_read) == EPERM);
  CHECK(answer(-1) == EPERM);
}

TEST_CASE("an execution's directory is absolute, not the root, and in no place that a sandbox has of its own") {
  for (const char* right : {"/work", "/work/", "/w/a b", "/tmpfiles", "/home/user/x", "/var/tmp/x"}) {
    CAPTURE(right);
    CHECK(check_own_directory(right) == nullptr);
  }
  for (const char* wrong : {"", "work", "./work", "/", "///", "/tmp", "/tmp/", "/tmp/x", "/dev", "/dev/shm/x", "/proc/self",
                            "/run/x", "/run/checker/x", "/run/checkers", "/sys"}) {
    CAPTURE(wrong);
    CHECK(check_own_directory(wrong) != nullptr);
  }
  CHECK(contains(check_own_directory(std::string_view("/w\0/x", 5)), "NUL"));
}

TEST_CASE("a directory is made with its parents, but over no symbolic link") {
  const TempDirectory directory;
  CHECK(make_own_directory(directory / "a/b/c").ok());
  CHECK(make_own_directory(directory / "a/b/c").ok());
  REQUIRE(::symlink("a", (directory / "link").c_str()) == 0);
  CHECK(make_own_directory(directory / "link").error().code() == ELOOP);
  CHECK(make_own_directory(directory / "link/b").error().code() == ELOOP);
  CHECK(make_own_directory(directory / "link/new").error().code() == ELOOP);
  CHECK(::access((directory / "a/new").c_str(), F_OK) != 0);
  directory.write("file", "");
  CHECK(make_own_directory(directory / "file").error().code() == ENOTDIR);
}

}  // namespace
}  // namespace mayfly::test
