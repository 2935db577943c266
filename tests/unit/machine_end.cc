// SPDX-License-Identifier: Apache-2.0
#include "machine/machine_end.h"

#include <csignal>

#include <doctest/doctest.h>

using namespace mayfly;

namespace {

constexpr pid_t kQemu = 4711;

MachineEnd judged(ProcessEnd process, MachineEnd end = {}) {
  end.judge(process, kQemu);
  return end;
}

ProcessEnd exited(int status) { return {.signalled = false, .status = status}; }
ProcessEnd killed(int signal) { return {.signalled = true, .status = signal}; }

}  // namespace

TEST_CASE("machine end: the first reason wins") {
  MachineEnd end;
  end.decide(MachineFailure::guest_reset, "it rebooted");
  end.decide(MachineFailure::vmm_exited, "and then QEMU ended");
  CHECK(end.failure == MachineFailure::guest_reset);
  CHECK(end.detail == "it rebooted");
}

TEST_CASE("machine end: its owner's wish is a reason, too") {
  MachineEnd end;
  end.decide(MachineFailure::none, "");
  CHECK(judged(killed(SIGKILL), end).failure == MachineFailure::none);
}

TEST_CASE("machine end: what nobody wanted is judged by how QEMU ended") {
  CHECK(judged(exited(0)).failure == MachineFailure::vmm_exited);
  CHECK(judged(exited(1)).detail == "QEMU exited by itself with status 1");
  CHECK(judged(killed(SIGSEGV)).failure == MachineFailure::vmm_signalled);
  CHECK(judged(killed(SIGSEGV)).detail == "QEMU was killed by SIGSEGV");
  CHECK(judged(killed(SIGKILL)).failure == MachineFailure::vmm_signalled);
}

TEST_CASE("machine end: a kill that its cgroup has counted is the host's want of memory") {
  MachineEnd end;
  end.usage.oom_kills = 1;
  CHECK(judged(killed(SIGKILL), end).failure == MachineFailure::host_out_of_memory);
  CHECK(judged(killed(SIGTERM), end).failure == MachineFailure::vmm_signalled);
}

TEST_CASE("machine end: 127 is a QEMU that could not be executed, unless it has spoken") {
  MachineEnd spoke;
  spoke.greeted = true;
  CHECK(judged(exited(127)).failure == MachineFailure::launch_failed);
  CHECK(judged(exited(127), spoke).failure == MachineFailure::vmm_exited);
}

TEST_CASE("machine end: SIGSYS is told whatever else is known, and is an incident") {
  MachineEnd end;
  end.decide(MachineFailure::none, "");
  end = judged(killed(SIGSYS), end);
  CHECK(end.failure == MachineFailure::vmm_sigsys);
  REQUIRE(end.incident);
  CHECK(end.incident->kind == Incident::Kind::seccomp);
  CHECK(end.incident->pid == kQemu);
}

TEST_CASE("machine end: an escape outweighs what was known before, and what comes after") {
  Incident first, second;
  first.kind = Incident::Kind::exec;
  second.kind = Incident::Kind::seccomp;
  MachineEnd end;
  end.decide(MachineFailure::guest_reset, "it rebooted");
  end.escaped(first);
  end.escaped(second);
  end = judged(killed(SIGSYS), end);
  CHECK(end.failure == MachineFailure::escape_detected);
  CHECK(end.incident->kind == Incident::Kind::exec);
}
