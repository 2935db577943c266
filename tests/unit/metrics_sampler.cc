// SPDX-License-Identifier: Apache-2.0
// Machines are sampled while they live, and once more when they are gone; on fake-qemu.
#include "metrics/sampler.h"

#include <vector>

#include "machine_owner.h"

namespace mayfly::test {
namespace {

// One machine of which every sample is kept.
struct Sampled {
  Owner owner;
  int launched = 0;
  int rounds = 0;
  std::vector<MachineSample> samples;
  Sampler sampler{owner.ring(), {.on_launched = [this] { ++launched; },
                                 .on_sample = [this](const MachineSample& sample) { samples.push_back(sample); }}};

  MachineEnd run() {
    owner.boot([this](MachineConfig& config) { config.oversight.watcher = &sampler; });
    return owner.run();
  }
};

TEST_CASE("a machine is sampled with its task's name, and once more when it is gone") {
  Sampled it;
  it.owner.on_ready = [&](Machine& m) {
    it.sampler.sample_all([&] {
      ++it.rounds;
      m.claim(it.owner, MachineWork{"t", 1});
      it.sampler.sample_all([&] { m.kill(); });
    });
  };
  const MachineEnd end = it.run();
  CHECK(it.launched == 1);
  CHECK(it.rounds == 1);
  REQUIRE(it.samples.size() == 3);
  CHECK_FALSE(it.samples[0].task);
  CHECK(it.samples[1].task == "t");
  CHECK(it.samples[1].usage.cpu_ns.value_or(0) >= it.samples[0].usage.cpu_ns.value_or(0));
  CHECK_FALSE(it.samples[1].last);
  CHECK(it.samples[2].last);
  CHECK(it.samples[2].usage.cpu_ns == end.usage.cpu_ns);
  CHECK(it.samples[2].usage.memory_peak_bytes == end.usage.memory_peak_bytes);
  CHECK(end.usage.cpu_ns.value_or(0) > 0);
  for (const MachineSample& sample : it.samples) CHECK_FALSE(sample.machine.empty());
}

TEST_CASE("a machine that goes while it is read ends the reading") {
  Sampled it;
  it.owner.on_ready = [&](Machine& m) {
    m.kill();
    it.sampler.sample_all([&] { ++it.rounds; });
  };
  it.run();
  CHECK(it.rounds == 1);
  CHECK_FALSE(it.sampler.is_sampling());
  REQUIRE_FALSE(it.samples.empty());
  CHECK(it.samples.back().last);
}

TEST_CASE("where no machine lives there is nothing to wait for") {
  Sampled it;
  it.sampler.sample_all([&] { ++it.rounds; });
  CHECK(it.rounds == 1);
  CHECK(it.samples.empty());
}

}  // namespace
}  // namespace mayfly::test
