// SPDX-License-Identifier: Apache-2.0
#include "engine/host.h"

#include <sys/stat.h>

#include <filesystem>

#include "engine_bench.h"

namespace mayfly::test {
namespace {

std::string refusal(const EngineHome& home) { return message_of(Host::open(home.settings, Log(LogLevel::off))); }

TEST_CASE("a host has what was asked of it, and says what it is") {
  EngineBench bench;
  CHECK(bench.host->time_factor() == 1);
  const TaskEnvironment& environment = bench.environment();
  CHECK(environment.isolation.accelerator == "tcg");
  CHECK(environment.parts.vmm.accelerator == Accelerator::tcg);
  CHECK(environment.parts.vmm.qemu == std::filesystem::canonical(FAKE_QEMU));
  CHECK(environment.parts.oversight.watcher == nullptr);
  CHECK(environment.parts.identity.kernel_sha256 == environment.provenance.kernel);
  CHECK(environment.largest.memory_mib > 0);
  CHECK(environment.largest.vcpus > 0);
}

TEST_CASE("a host without what machines are made of says what is missing") {
  EngineHome home;
  std::filesystem::remove_all(home / "kernel");
  CHECK(contains(refusal(home), "guest kernel"));
  home.settings.qemu = "/nonexistent/qemu";
  CHECK(contains(refusal(home), "/nonexistent/qemu"));
}

TEST_CASE("a home that others can write to is no home") {
  const EngineHome home;
  REQUIRE(::chmod(home.path().c_str(), 0777) == 0);
  CHECK(contains(refusal(home), home.path()));
}

TEST_CASE("nothing runs where a required layer is not in force") {
  EngineHome home;
  home.settings.add_required("kvm");
  CHECK(contains(refusal(home), "--require kvm: this layer is not in force here"));
  home.settings.require = {"moat"};
  CHECK(contains(refusal(home), "no layer"));
}

TEST_CASE("the run directory goes with the host") {
  EngineBench bench;
  CHECK_FALSE(std::filesystem::is_empty(bench.home / "run"));
  bench.host.reset();
  CHECK(std::filesystem::is_empty(bench.home / "run"));
}

TEST_CASE("images can be verified ahead, and one that is not there is only warned of") {
  EngineBench bench;
  CHECK_FALSE(bench.host->environment("base", false));
  bench.host->verify_images({"base", "other"});
  CHECK(bench.host->environment("base", false));
  CHECK_FALSE(bench.host->environment("other", true));
}

}  // namespace
}  // namespace mayfly::test
