// SPDX-License-Identifier: Apache-2.0
#include "engine_bench.h"

namespace mayfly::test {

EngineBench::EngineBench(const std::string& trick) : home(trick) {
  auto opened = Host::open(home.settings, Log(LogLevel::off));
  REQUIRE_MESSAGE(opened.ok(), opened.error().message());
  host = *std::move(opened);
}

const TaskEnvironment& EngineBench::environment() {
  const auto found = host->environment("base", true);
  REQUIRE_MESSAGE(found.ok(), found.error().message());
  return **found;
}

TaskSpec EngineBench::spec(std::vector<std::string> argv) {
  TaskSpec spec;
  spec.id = "task-1";
  spec.bin = argv.front();
  spec.args.assign(argv.begin() + 1, argv.end());
  spec.env = default_environment();
  return spec;
}

}  // namespace mayfly::test
