// SPDX-License-Identifier: Apache-2.0
#include "engine/image_environments.h"

#include <filesystem>

#include "engine_home.h"

namespace mayfly::test {
namespace {

constexpr const char* kPrestarting =
    R"([{"name":"snake","entry":"main.sn","run":["snake","main.sn"],"prestart":{"READY":"1"}}])";

// Environments of a home, which share a kernel's digest.
struct Environments {
  explicit Environments(bool prestart = true) : of(home.path(), digests, common(), prestart) {}

  static TaskEnvironment common() {
    TaskEnvironment environment;
    environment.parts.identity.kernel_sha256 = "kernel";
    environment.isolation.time_factor = 3;
    return environment;
  }

  EngineHome home;
  DigestCache digests{home.path()};
  ImageEnvironments of;
};

TEST_CASE("an environment has what is common, and what is its image's own") {
  Environments environments;
  const auto got = environments.of.get("base", true);
  REQUIRE_MESSAGE(got.ok(), got.error().message());
  const TaskEnvironment& environment = **got;
  CHECK(environment.isolation.time_factor == 3);
  CHECK(environment.parts.identity.kernel_sha256 == "kernel");
  CHECK(environment.parts.identity.image_sha256 == environment.parts.image->disk.sha256);
  CHECK(environment.provenance.image == environment.parts.image->disk.sha256);
  CHECK(environment.parts.image->name == "base");
  CHECK_FALSE(environment.parts.stale);
  CHECK(*environments.of.get("base", false) == *got);
}

TEST_CASE("an image that was not verified is refused where that would take long, until it was") {
  Environments environments;
  const auto refused = environments.of.get("base", false);
  CHECK(contains(message_of(refused), "has not been verified since it changed"));
  CHECK(contains(refused.error().hint(), "mayfly image verify base"));
  REQUIRE(environments.of.get("base", true));
  CHECK(environments.of.get("base", false));
}

TEST_CASE("another image under the name takes its place; the one that was there stays where it is") {
  Environments environments;
  const TaskEnvironment* old = *environments.of.get("base", true);
  const std::string digest = old->provenance.image;
  environments.home.publish("base", "better gold");
  CHECK(*environments.of.get("base", false) == old);  // the new one is not verified yet
  CHECK_FALSE(old->parts.stale);
  const TaskEnvironment* now = *environments.of.get("base", true);
  CHECK(now != old);
  CHECK(now->provenance.image != digest);
  CHECK(old->parts.stale);
  CHECK(old->parts.image->disk.sha256 == digest);
  CHECK(*environments.of.get("base", false) == now);
}

TEST_CASE("an image that is removed can still be used by who has it open") {
  Environments environments;
  const TaskEnvironment* old = *environments.of.get("base", true);
  std::filesystem::remove_all(environments.home / "images/base");
  CHECK(*environments.of.get("base", true) == old);
  CHECK(contains(message_of(environments.of.get("other", true)), "image 'other'"));
  CHECK(contains(message_of(environments.of.get("../base", true)), "is not valid"));
}

TEST_CASE("an image whose disk is not what its manifest promises is not used") {
  Environments environments;
  std::filesystem::remove(environments.home / "images/base/disk.raw");
  CHECK(contains(message_of(environments.of.get("base", true)), "disk.raw"));
}

TEST_CASE("interpreters are started ahead of their tasks unless that was refused") {
  for (const bool prestart : {true, false}) {
    Environments environments(prestart);
    environments.home.publish("snakes", "disk", kPrestarting);
    const auto got = environments.of.get("snakes", true);
    REQUIRE_MESSAGE(got.ok(), got.error().message());
    CHECK((*got)->languages.size() == 1);
    CHECK((*got)->parts.prestarts.count("snake") == (prestart ? 1 : 0));
  }
}

}  // namespace
}  // namespace mayfly::test
