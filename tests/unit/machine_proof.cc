// SPDX-License-Identifier: Apache-2.0
#include "machine/accelerator_proof.h"

#include <csignal>

#include "helpers.h"

namespace mayfly::test {
namespace {

struct Proof {
  MachineFailure failure;
  bool greeted = false;
  int status = 0;
  std::string said = {};
  Nanoseconds cpu_ns = 0;
};

bool is_against_kvm(const Proof& proof) {
  MachineEnd end;
  end.failure = proof.failure;
  end.greeted = proof.greeted;
  end.process = ProcessEnd{.signalled = proof.failure == MachineFailure::vmm_signalled, .status = proof.status, .cpu_ns = proof.cpu_ns};
  end.stderr_tail = proof.said;
  return speaks_against_kvm(end);
}

TEST_CASE("what speaks against KVM: a guest that had its time and did not boot, or a QEMU that says so") {
  using enum MachineFailure;
  CHECK(is_against_kvm({boot_timeout, true, SIGKILL, "", 8 * kSecond}));
  CHECK(is_against_kvm({boot_timeout, false, SIGKILL, "", 8 * kSecond}));  // QEMU 7.2 spins before its greeting, too
  CHECK(is_against_kvm({guest_reset, true}));
  CHECK(is_against_kvm({vmm_exited, true, 1}));
  CHECK(is_against_kvm({vmm_exited, false, 1, "qemu: failed to initialize kvm: Operation not supported"}));
  for (const int signal : {SIGABRT, SIGSEGV}) CHECK(is_against_kvm({vmm_signalled, false, signal, "kvm_buf_set_msrs: Assertion failed"}));
}

TEST_CASE("what does not: a QEMU that could not be executed, was killed, or had to wait for the host") {
  using enum MachineFailure;
  CHECK_FALSE(is_against_kvm({launch_failed, false, 127, "/usr/bin/qemu: Permission denied"}));
  CHECK_FALSE(is_against_kvm({vmm_exited, false, 1, "qemu: could not load PC BIOS"}));
  CHECK_FALSE(is_against_kvm({vmm_signalled, true, SIGKILL}));
  CHECK_FALSE(is_against_kvm({vmm_signalled, false, SIGSEGV, ""}));
  CHECK_FALSE(is_against_kvm({host_out_of_memory, true, SIGKILL}));
  CHECK_FALSE(is_against_kvm({vmm_sigsys, false, SIGSYS}));
  CHECK_FALSE(is_against_kvm({boot_timeout, true, SIGKILL, "", 100 * kMillisecond}));
}

}  // namespace
}  // namespace mayfly::test
