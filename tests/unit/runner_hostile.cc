// SPDX-License-Identifier: Apache-2.0
// Tasks on a VMM or an agent that fails, lies or attacks: never a verdict that the guest
// could have forged, and never a process left behind.
#include <sys/wait.h>

#include "runner_bench.h"

namespace mayfly::test {
namespace {

struct Case {
  std::string trick;
  Ending ending;
  std::string said;  // part of the error's message
};

void check_infra(const Case& c, const TaskResult& r) {
  CAPTURE(c.trick);
  CHECK(describe(r.ending).name == describe(c.ending).name);
  CHECK(r.verdict() == Verdict::infra_error);
  CHECK(describe(r.ending).fault == Fault::infra);
  CHECK_FALSE(r.exit_code.has_value());
  REQUIRE(r.error.has_value());
  CAPTURE(r.error->message);
  CHECK(contains(r.error->message, c.said));
}

TEST_CASE("a VMM that fails before the guest runs") {
  const Case kCases[] = {
      {"exits", Ending::vmm_exited, "exited by itself with status 3"},
      {"complains", Ending::vmm_exited, "QEMU says: no such \\x1b[31m accelerator"},
      {"garbled-greeting", Ending::qmp_failed, "QMP: not JSON"},
      {"two-greetings", Ending::qmp_failed, "greet"},
      {"overlong-qmp", Ending::qmp_failed, "longer than 1 MiB"},
      {"refuses-capabilities", Ending::qmp_failed, "not today"},
      {"answers-nothing-asked", Ending::qmp_failed, "an answer to no command"},
      {"refuses-cont", Ending::qmp_failed, "stuck"},
  };
  for (const Case& c : kCases) {
    TaskBench bench(c.trick);
    const TaskResult r = bench.run(TaskBench::spec({"print", "x"}));
    check_infra(c, r);
    CHECK(r.error->stage == "boot");
  }
}

TEST_CASE("a VMM that cannot be executed") {
  TaskBench bench;
  bench.environment.parts.vmm.qemu = "/nonexistent/qemu";
  const TaskResult r = bench.run(TaskBench::spec({"print", "x"}));
  CHECK(r.ending == Ending::launch_failed);
  CHECK(contains(r.error->message, "/nonexistent/qemu: No such file or directory"));
}

TEST_CASE("a guest that does not come up") {
  const Case kCases[] = {
      {"garbled-boot", Ending::agent_garbled, "not in the protocol"},
      {"overlong-boot", Ending::agent_garbled, "longer than 1 MiB"},
      {"boot-fails", Ending::boot_failed, "cannot mount /dev/vda"},
      {"acks-unasked", Ending::agent_lied, "out of turn"},
      {"exits-at-boot", Ending::agent_lied, "out of turn"},
      {"ready-twice", Ending::agent_lied, "out of turn"},
      {"panics-at-boot", Ending::guest_reset, "Kernel panic - not syncing"},
      {"wrong-resume", Ending::agent_lied, "out of turn"},
      {"refuses-resume", Ending::boot_failed, "wrong token"},
  };
  for (const Case& c : kCases) {
    TaskBench bench(c.trick);
    check_infra(c, bench.run(TaskBench::spec({"print", "x"})));
  }
}

TEST_CASE("a guest or a VMM that stays silent is given up") {
  for (const std::string trick : {"no-greeting", "silent-boot", "silent-resume"}) {
    TaskBench bench(trick);
    bench.environment.parts.boot_timeout = 50 * kMillisecond;
    check_infra({trick, Ending::boot_timeout, "within 50 ms"}, bench.run(TaskBench::spec({"print", "x"})));
  }
}

TEST_CASE("a machine that fails while the program runs") {
  const Case kCases[] = {
      {"garbled", Ending::agent_garbled, "not in the protocol"},
      {"binary", Ending::agent_garbled, "not in the protocol"},
      {"overlong", Ending::agent_garbled, "longer than 1 MiB"},
      {"wrong-id", Ending::agent_lied, "a request that is not open"},
      {"no-id", Ending::agent_lied, "a request that is not open"},
      {"ready-again", Ending::agent_lied, "out of turn"},
      {"acks-exec", Ending::agent_lied, "answered 'exec' with something else"},
      {"data-to-exec", Ending::agent_lied, "answered 'exec' with something else"},
      {"closes-agent", Ending::agent_closed, "closed a channel"},
      {"segfaults", Ending::vmm_signalled, "SIGSEGV"},
      {"killed", Ending::vmm_signalled, "SIGKILL"},
      {"exits-in-exec", Ending::vmm_exited, "status 3"},
      {"exits-zero-in-exec", Ending::vmm_exited, "status 0"},
      {"qmp-garbage", Ending::qmp_failed, "not JSON"},
      {"resets", Ending::guest_reset, "panicked or rebooted"},
      {"powers-off", Ending::guest_shutdown, "powered itself off"},
      {"host-disk-full", Ending::host_disk_full, "failed on write: No space left"},
      {"host-disk-error", Ending::host_io_error, "failed on read: Input/output error"},
  };
  for (const Case& c : kCases) {
    TaskBench bench(c.trick);
    const TaskResult r = bench.run(TaskBench::spec({"print", "x"}));
    check_infra(c, r);
    CHECK(r.error->stage == "exec");
    CHECK(describe(r.ending).evidence == Evidence::host);
  }
}

TEST_CASE("an agent that answers stdin with something else") {
  TaskBench bench;
  TaskSpec spec = TaskBench::spec({"confused"});
  spec.stdin_data = "x";
  check_infra({"confused", Ending::agent_lied, "answered 'stdin' with something else"}, bench.run(std::move(spec)));
}

TEST_CASE("a VMM that closes its QMP connection and goes on") {
  TaskBench bench("closes-qmp");
  CHECK(bench.run(TaskBench::spec({"print", "x"})).ending == Ending::agent_closed);
}

TEST_CASE("a VMM that ends while a child of it holds its channels open") {
  TaskBench bench("leaves-a-child");
  bench.on_silence([] {});  // the child ends with the bench
  CHECK(bench.run(TaskBench::spec({"print", "x"})).ending == Ending::vmm_exited);
}

TEST_CASE("QEMU breaking its seccomp filter is an escape attempt") {
  TaskBench bench("sigsys");
  const TaskResult r = bench.run(TaskBench::spec({"print", "x"}));
  CHECK(r.ending == Ending::vmm_sigsys);
  CHECK(r.verdict() == Verdict::escape_detected);
  CHECK(describe(r.ending).fault == Fault::task);
}

TEST_CASE("an escape attempt outweighs a limit that the host enforced before") {
  TaskBench bench("writes-and-sigsys");
  TaskSpec spec = TaskBench::spec({"print", "x"});
  spec.limits.output_bytes = 1;
  // The filter strikes before we do: our own kill comes too late, and the limit is decided first.
  const auto await_death = [](bool, std::string_view) {
    siginfo_t info{};
    REQUIRE(::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0);
  };
  const TaskResult r = bench.run(std::move(spec), {.on_output = await_death});
  CHECK(r.ending == Ending::vmm_sigsys);
  CHECK(!r.exit_code);
}

TEST_CASE("an escape attempt outweighs the exit that the guest reported before") {
  TaskBench bench("sigsys-in-get");
  TaskSpec spec = TaskBench::spec({"exit", "0"});
  spec.artifacts = {"x"};
  const TaskResult r = bench.run(std::move(spec));
  CHECK(r.ending == Ending::vmm_sigsys);
  CHECK(!r.exit_code);
}

TEST_CASE("events that say nothing about the machine change nothing") {
  TaskBench bench("harmless-events");
  CHECK(bench.run(TaskBench::spec({"print", "x"})).ending == Ending::exited_zero);
}

TEST_CASE("an agent that does not take the task's files") {
  const Case kCases[] = {
      {"exits-at-put", Ending::agent_lied, "answered 'put' with something else"},
  };
  TaskSpec spec = TaskBench::spec({"print", "x"});
  spec.files = {{"f", "content", 0644}};
  for (const Case& c : kCases) {
    TaskBench bench(c.trick);
    check_infra(c, bench.run(spec));
  }
  TaskBench bench("refuses-put");
  const TaskResult r = bench.run(spec);
  CHECK(r.ending == Ending::files_refused);
  CHECK(r.verdict() == Verdict::spec_error);
  CHECK(contains(r.error->message, "read-only file system"));
  CHECK(r.error->stage == "prepare");
}

TEST_CASE("an agent that misbehaves while artifacts come out voids the exit it reported") {
  const Case kCases[] = {
      {"acks-get", Ending::agent_lied, "answered 'get' with something else"},
      {"endless-get", Ending::agent_lied, "answered 'get' with something else"},
      {"greedy-get", Ending::agent_lied, "answered 'get' with something else"},
      {"exits-twice", Ending::agent_lied, "a request that is not open"},
      {"resets-in-get", Ending::guest_reset, "panicked or rebooted"},
  };
  TaskSpec spec = TaskBench::spec({"exit", "0"});
  spec.artifacts = {"f"};
  for (const Case& c : kCases) {
    TaskBench bench(c.trick);
    const TaskResult r = bench.run(spec);
    CAPTURE(c.trick);
    CHECK(describe(r.ending).name == describe(c.ending).name);
    CHECK(r.verdict() == Verdict::infra_error);
    CHECK(contains(r.error->message, c.said));
  }
}

TEST_CASE("an agent that never answers is stopped by the host's own time limit") {
  TaskBench bench("silent-exec");
  TaskSpec spec = TaskBench::spec({"print", "x"});
  spec.limits.timeout_ms = 1;
  const TaskResult r = bench.run(std::move(spec));
  CHECK(r.ending == Ending::host_timeout);
  CHECK(r.verdict() == Verdict::timeout);
  CHECK(describe(r.ending).evidence == Evidence::host);
  CHECK(contains(r.error->message, "longer than 1 ms"));
}

TEST_CASE("a machine whose descriptors cannot be made fails to launch") {
  TaskBench bench;
  bench.environment.parts.run_directory = nullptr;  // not needed without a disk
  Kernel kernel;
  kernel.vmlinux.fd.reset(9999);  // not open
  bench.environment.parts.kernel = &kernel;
  const TaskResult r = bench.run(TaskBench::spec({"print", "x"}));
  CHECK(r.verdict() == Verdict::infra_error);
  CHECK(contains(r.error->message, "/proc/self/fd/9999: No such file or directory"));
}

}  // namespace
}  // namespace mayfly::test
