// SPDX-License-Identifier: Apache-2.0
// What the jail and a machine's cgroup add to a launch: this program starts itself, which then ends at once, in
// turns without anything, in a cgroup, and in both; from before the cgroup is made until it is removed, the process
// reaped. Medians of each, and of the differences within a turn, in microseconds; one JSON object a line.
//
//   ninja -C build bench/jail-cost && build/bench/jail-cost [TURNS]        as root, or as an ordinary user
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "jail/confinement.h"
#include "jail/jail.h"
#include "sys/cgroup.h"
#include "sys/process.h"

namespace {

using namespace mayfly;

constexpr int kTurns = 500;
constexpr const char* kDoNothing = "--do-nothing";

template <class T>
T must(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "jail-cost: %s\n%s\n", result.error().message().c_str(), result.error().hint().c_str());
  std::exit(1);
}

struct Launch {
  const char* name;
  const Jail* jail;
  const CgroupTree* cgroups;
  std::vector<double> us = {};
};

double run_once(const Launch& launch, const std::string& program) {
  const Nanoseconds start = monotonic_now();
  std::optional<Cgroup> cgroup;
  CgroupLimits limits;
  limits.memory_bytes = 64 << 20;
  limits.processes = 64;
  if (launch.cgroups) cgroup = must(launch.cgroups->create("m", limits));
  const Confinement confinement = must(Confinement::create(launch.jail, cgroup ? &*cgroup : nullptr, {.file_bytes = 1 << 20}));
  ProcessSpec spec;
  spec.path = program;
  spec.argv = {program, kDoNothing};
  spec.setup = &confinement;
  Process process = must(Process::spawn(spec));
  pollfd ended{process.pidfd(), POLLIN, 0};
  ::poll(&ended, 1, -1);
  const ProcessEnd end = must(process.reap());
  if (end.signalled || end.status != 0) {
    std::fprintf(stderr, "jail-cost: %s: the program ended with %s %d\n", launch.name, end.signalled ? "signal" : "status", end.status);
    std::exit(1);
  }
  cgroup.reset();
  return static_cast<double>(monotonic_now() - start) / 1000;
}

double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

// Within a turn both met the same host.
std::vector<double> differences(const Launch& with, const Launch& without) {
  std::vector<double> out;
  for (std::size_t i = 0; i < with.us.size(); ++i) out.push_back(with.us[i] - without.us[i]);
  return out;
}

void report(const char* what, const char* name, const std::vector<double>& us) {
  std::printf("{\"%s\":\"%s\",\"median_us\":%.1f,\"p90_us\":%.1f}\n", what, name, percentile(us, 0.5), percentile(us, 0.9));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], kDoNothing) == 0) ::_exit(0);
  const int turns = argc == 2 ? std::max(1, std::atoi(argv[1])) : kTurns;
  const std::string program = std::filesystem::canonical("/proc/self/exe");
  const auto jail = must(Jail::open({must(builtin_profile("strict")), program, {}, {}}));
  const CgroupTree cgroups = CgroupTree::open("bench-" + must(random_hex(8)));
  std::array<Launch, 4> launches = {{{"plain", nullptr, nullptr}, {"cgroup", nullptr, &cgroups}, {"jail", jail.get(), nullptr},
                                     {"jail and cgroup", jail.get(), &cgroups}}};
  for (int turn = 0; turn < turns; ++turn) {
    for (Launch& launch : launches) launch.us.push_back(run_once(launch, program));
  }
  for (const Launch& launch : launches) report("launch", launch.name, launch.us);
  for (std::size_t i = 1; i < launches.size(); ++i) report("added by", launches[i].name, differences(launches[i], launches[0]));
}
