// SPDX-License-Identifier: Apache-2.0
#include "engine/settings.h"

#include <unistd.h>

#include <cstdlib>

#include "engine/conditions.h"
#include "helpers.h"

namespace mayfly::test {
namespace {

TEST_CASE("required layers add up, whoever asks for them") {
  Settings settings;
  settings.add_required("jail,bpf");
  settings.add_required("");
  settings.add_required(",,cgroup,");
  CHECK(settings.require == std::vector<std::string>{"jail", "bpf", "cgroup"});
  CHECK(settings.check());
}

TEST_CASE("what is no layer cannot be required") {
  Settings settings;
  settings.add_required("jail,moat");
  CHECK(contains(message_of(settings.check()), "'moat' is required, and no layer"));
  CHECK(contains(settings.check().error().hint(), "MAYFLY_REQUIRE"));
}

TEST_CASE("a jail cannot be required and left out") {
  Settings settings;
  settings.containment.unsafe_no_jail = true;
  settings.add_required("cgroup");
  CHECK(settings.check());
  settings.add_required("jail");
  CHECK(contains(message_of(settings.check()), "--unsafe-no-jail leaves out the jail"));
}

TEST_CASE("the home is root's, or the user's own") {
  CHECK(status_of_fork([] {
          ::setenv("HOME", "/home/somebody", 1);
          ::unsetenv("XDG_DATA_HOME");
          if (::geteuid() == 0) {
            if (default_home() != "/var/lib/mayfly" || ::seteuid(54321) < 0) return false;
          }
          if (default_home() != "/home/somebody/.local/share/mayfly") return false;
          ::setenv("XDG_DATA_HOME", "/data", 1);
          return default_home() == "/data/mayfly";
        }) == 0);
}

TEST_CASE("of the settings, only those that shape results are conditions of a journal") {
  Image image;
  image.manifest_sha256 = "digest";
  TaskEnvironment environment;
  environment.parts.image = &image;
  environment.isolation.time_factor = 7;
  Settings settings;
  settings.home = "/elsewhere";
  settings.no_snapshot = true;
  settings.containment.jail = "compat";
  settings.time_factor = 3;  // what was measured or told is in the environment
  const TaskConditions conditions = conditions_of(settings, environment);
  CHECK(conditions.image == "digest");
  CHECK(conditions.time_factor == 7);
  CHECK(conditions.prestart);
  settings.no_prestart = true;
  CHECK_FALSE(conditions_of(settings, environment).prestart);
}

TEST_CASE("a platform is what machines are made of, without their image") {
  TaskEnvironment environment;
  environment.parts.identity = {"image", "kernel", "agent", "qemu"};
  environment.parts.vmm.accelerator = Accelerator::kvm;
  const Platform platform = platform_of(environment);
  CHECK(platform.kernel == "kernel");
  CHECK(platform.agent == "agent");
  CHECK(platform.qemu == "qemu");
  CHECK(platform.accelerator == "kvm");
  CHECK_FALSE(platform.mayfly.empty());
}

}  // namespace
}  // namespace mayfly::test
