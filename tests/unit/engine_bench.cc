// SPDX-License-Identifier: Apache-2.0
#include "engine_bench.h"

#include <sys/ioctl.h>
#include <unistd.h>

namespace mayfly::test {

std::string content_of(const Fd& pipe) {
  int size = 0;
  REQUIRE(::ioctl(pipe.get(), FIONREAD, &size) == 0);
  std::string content(static_cast<std::size_t>(size), '\0');
  REQUIRE(::read(pipe.get(), content.data(), content.size()) == size);
  return content;
}

EngineBench::EngineBench(const std::string& trick) : home(trick) { reopen(); }

void EngineBench::reopen() {
  host.reset();
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
