// SPDX-License-Identifier: Apache-2.0
#include "template/template_key.h"

#include <functional>
#include <set>

#include "base/id.h"
#include "helpers.h"

namespace mayfly::test {
namespace {

struct Inputs {
  MachineParts parts;
  MachineShape shape{512, 1};
  Kernel kernel;
  Image image;

  Inputs() {
    parts.vmm.qemu = "/usr/bin/qemu-system-x86_64";
    parts.kernel = &kernel;
    parts.image = &image;
    parts.identity = {"image", "kernel", "initramfs", "qemu"};
    image.warmup = {"true", "python3 -c 1"};
  }
  std::string key() const { return template_key(parts, shape); }
};

TEST_CASE("a key is a name, and the same inputs have the same") {
  CHECK(Inputs().key() == Inputs().key());
  CHECK(Inputs().key().size() == 32);
  CHECK(is_valid_id(Inputs().key()));
}

TEST_CASE("each input of a template changes its key, each in another way") {
  const std::function<void(Inputs&)> kChanges[] = {
      [](Inputs&) {},
      [](Inputs& i) { i.parts.identity.image_sha256 = "other"; },
      [](Inputs& i) { i.parts.identity.kernel_sha256 = "other"; },
      [](Inputs& i) { i.parts.identity.initramfs_sha256 = "other"; },
      [](Inputs& i) { i.parts.identity.qemu_sha256 = "other"; },
      [](Inputs& i) { i.parts.vmm.qemu = "/opt/qemu"; },
      [](Inputs& i) { i.parts.vmm.accelerator = Accelerator::kvm; },
      [](Inputs& i) { i.shape.memory_mib = 256; },
      [](Inputs& i) { i.shape.vcpus = 2; },
      [](Inputs& i) { i.parts.image = nullptr; },
      [](Inputs& i) { i.image.warmup.clear(); },
      [](Inputs& i) { i.image.warmup = {"true"}; },
      [](Inputs& i) { i.image.warmup = {"python3 -c 1", "true"}; },
      [](Inputs& i) { i.image.warmup = {"truepython3 -c 1"}; },
      [](Inputs& i) { i.image.warmup = {"true\nwarm-up 12:python3 -c 1"}; },
      [](Inputs& i) { i.shape.language = "good"; },
      [](Inputs& i) { i.shape.language = "good", i.image.languages = {{.name = "good", .warmup = {"warm"}}}; },
      [](Inputs& i) { i.shape.language = "good", i.parts.prestarts["good"].bin = "good"; },
      [](Inputs& i) { i.shape.language = "good", i.parts.prestarts["good"].bin = "better"; },
      // What moves from one field to its neighbour is not the same.
      [](Inputs& i) { i.parts.identity.image_sha256 = "imagek", i.parts.identity.kernel_sha256 = "ernel"; },
  };
  std::set<std::string> keys;
  for (const auto& change : kChanges) {
    Inputs inputs;
    change(inputs);
    keys.insert(inputs.key());
  }
  CHECK(keys.size() == std::size(kChanges));
}

TEST_CASE("what differs from process to process, or is made anew for each machine, does not change it") {
  const std::string key = Inputs().key();
  Inputs other;
  other.parts.vmm.tsc_khz = 2'000'123;
  other.parts.initramfs_fd = 77;
  other.parts.boot_timeout = kSecond;
  other.parts.stale = true;
  other.kernel.vmlinux.fd = Fd();
  other.kernel.release = "7.0";
  other.image.exercise = "true";
  other.image.name = "renamed";
  other.image.languages = {{.name = "good", .warmup = {"warm"}}};  // and the machine is for no task in it
  other.parts.prestarts["good"].bin = "good";
  CHECK(other.key() == key);
}

}  // namespace
}  // namespace mayfly::test
