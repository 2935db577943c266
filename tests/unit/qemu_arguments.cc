// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "helpers.h"
#include "qemu/machine_spec.h"

namespace mayfly::test {
namespace {

using Arguments = std::vector<std::string>;

MachineSpec sample(Accelerator accelerator = Accelerator::tcg) {
  MachineSpec spec;
  spec.vmm = {"/opt/qemu-system-x86_64", accelerator};
  spec.size = {320, 3};
  spec.kernel_fd = 11;
  spec.initramfs_fd = 12;
  spec.disk = DiskSpec{13, 14};
  spec.qmp_fd = 15;
  spec.agent_fd = 16;
  spec.console_fd = 17;
  return spec;
}

bool has(const Arguments& argv, const std::string& argument) {
  return std::find(argv.begin(), argv.end(), argument) != argv.end();
}

// The values that follow `option`.
Arguments values(const Arguments& argv, const std::string& option) {
  Arguments out;
  for (std::size_t i = 0; i + 1 < argv.size(); ++i) {
    if (argv[i] == option) out.push_back(argv[i + 1]);
  }
  return out;
}

bool mentions(const Arguments& argv, std::string_view text) {
  return std::any_of(argv.begin(), argv.end(), [&](const std::string& a) { return contains(a, text); });
}

TEST_CASE("argv begins with the binary") {
  CHECK(qemu_arguments(sample()).front() == "/opt/qemu-system-x86_64");
}

TEST_CASE("no machine has a network device, a default device or a file of the user's") {
  for (const Accelerator accelerator : {Accelerator::kvm, Accelerator::tcg}) {
    const Arguments argv = qemu_arguments(sample(accelerator));
    for (const std::string needed : {"-nodefaults", "-no-user-config", "-no-reboot", "-S"}) {
      CAPTURE(needed);
      CHECK(has(argv, needed));
    }
    for (const std::string forbidden : {"-netdev", "-nic", "-net", "-virtfs", "-fsdev", "-monitor", "-gdb",
                                  "-s", "-daemonize", "-drive", "-hda", "-incoming", "-vnc", "-spice"}) {
      CAPTURE(forbidden);
      CHECK_FALSE(has(argv, forbidden));
    }
    for (const std::string forbidden : {"virtio-net", "user,", "tap", "e1000", "vhost", "pci", "path="}) {
      CAPTURE(forbidden);
      CHECK_FALSE(mentions(argv, forbidden));
    }
    CHECK(values(argv, "-display") == Arguments{"none"});
  }
}

TEST_CASE("QEMU's own sandbox is on and denies everything it can") {
  CHECK(values(qemu_arguments(sample()), "-sandbox") ==
        Arguments{"on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"});
}

TEST_CASE("everything comes by descriptor") {
  const Arguments argv = qemu_arguments(sample());
  CHECK(values(argv, "-kernel") == Arguments{"/proc/self/fd/11"});
  CHECK(values(argv, "-initrd") == Arguments{"/proc/self/fd/12"});
  CHECK(values(argv, "-add-fd") == Arguments{"fd=13,set=1", "fd=14,set=2"});
  CHECK(values(argv, "-chardev") == Arguments{"socket,id=qmp,fd=15", "socket,id=console,fd=17",
                                              "socket,id=agent,fd=16"});
  CHECK(values(argv, "-mon") == Arguments{"chardev=qmp,mode=control"});
  CHECK(values(argv, "-serial") == Arguments{"chardev:console"});
  CHECK(has(argv, "virtserialport,chardev=agent,name=org.mayfly.agent.0"));
}

TEST_CASE("the gold image is read-only and the overlay stops the machine on an error") {
  const Arguments nodes = values(qemu_arguments(sample()), "-blockdev");
  REQUIRE(nodes.size() == 4);
  CHECK(contains(nodes[0], "filename=/dev/fdset/1,read-only=on"));
  CHECK(contains(nodes[1], "read-only=on"));
  CHECK(contains(nodes[2], "filename=/dev/fdset/2"));
  CHECK_FALSE(contains(nodes[2], "read-only"));
  CHECK(contains(nodes[3], "driver=qcow2,node-name=disk,file=overlay-file,backing=base"));
  CHECK(has(qemu_arguments(sample()), "virtio-blk-device,drive=disk,id=disk0,werror=stop,rerror=stop"));
}

TEST_CASE("a machine without a disk has no block device") {
  MachineSpec spec = sample();
  spec.disk.reset();
  const Arguments argv = qemu_arguments(spec);
  CHECK_FALSE(has(argv, "-blockdev"));
  CHECK_FALSE(has(argv, "-add-fd"));
  CHECK_FALSE(mentions(argv, "virtio-blk"));
  CHECK_FALSE(mentions(values(argv, "-append"), "mayfly.root"));
  CHECK(inherited_descriptors(spec).size() == 5);
}

TEST_CASE("a machine that is restored gets no kernel and waits for its state") {
  MachineSpec spec = sample();
  spec.kernel_fd = spec.initramfs_fd = -1;
  spec.memory = MemorySpec{20, false};
  spec.incoming = true;
  spec.state_fd = 21;
  const Arguments argv = qemu_arguments(spec);
  CHECK(values(argv, "-incoming") == Arguments{"defer"});
  for (const std::string absent : {"-kernel", "-initrd", "-append", "-S"}) {
    CAPTURE(absent);
    CHECK_FALSE(has(argv, absent));
  }
  CHECK_FALSE(mentions(argv, "/proc/self/fd/-1"));
  std::vector<int> fds = inherited_descriptors(spec);
  std::sort(fds.begin(), fds.end());
  CHECK(fds == std::vector<int>{13, 14, 15, 16, 17, 20, 21});
}

TEST_CASE("memory that is a file is shared while a template is made, and private to its clones") {
  MachineSpec spec = sample();
  CHECK_FALSE(has(qemu_arguments(spec), "-object"));
  spec.memory = MemorySpec{20, true};
  Arguments argv = qemu_arguments(spec);
  CHECK(values(argv, "-object") ==
        Arguments{"memory-backend-file,id=memory,size=320M,mem-path=/proc/self/fd/20,share=on"});
  CHECK(mentions(values(argv, "-M"), "memory-backend=memory"));
  CHECK(has(argv, "-S"));
  spec.memory->shared = false;
  CHECK(mentions(values(qemu_arguments(spec), "-object"), "share=off"));
}

TEST_CASE("a clone is described as its template was, but for what is its own") {
  MachineSpec boots = sample();
  boots.memory = MemorySpec{20, true};
  MachineSpec restored = boots;
  restored.kernel_fd = restored.initramfs_fd = -1;
  restored.memory->shared = false;
  restored.incoming = true;
  for (const std::string option : {"-M", "-accel", "-cpu", "-m", "-smp", "-global", "-blockdev", "-device",
                                   "-chardev", "-mon", "-serial", "-sandbox"}) {
    CAPTURE(option);
    CHECK(values(qemu_arguments(boots), option) == values(qemu_arguments(restored), option));
  }
}

TEST_CASE("memory and processors are as asked for") {
  const Arguments argv = qemu_arguments(sample());
  CHECK(values(argv, "-m") == Arguments{"320M"});
  CHECK(values(argv, "-smp") == Arguments{"3"});
}

TEST_CASE("KVM does without legacy timers, TCG needs them") {
  const Arguments kvm = qemu_arguments(sample(Accelerator::kvm));
  CHECK(values(kvm, "-accel") == Arguments{"kvm"});
  CHECK(values(kvm, "-cpu") == Arguments{"host"});
  CHECK(values(kvm, "-M") == Arguments{"microvm,acpi=off,mem-merge=off,pit=off,pic=off,rtc=off"});
  CHECK_FALSE(mentions(values(kvm, "-append"), "no_timer_check"));
  const Arguments tcg = qemu_arguments(sample());
  CHECK(values(tcg, "-accel") == Arguments{"tcg,thread=multi,tb-size=256"});
  CHECK(values(tcg, "-cpu") == Arguments{"max"});
  CHECK(values(tcg, "-M") == Arguments{"microvm,acpi=off,mem-merge=off,pit=on,pic=on,rtc=on"});
  CHECK(mentions(values(tcg, "-append"), "no_timer_check"));
}

TEST_CASE("the kernel command line holds no secret and ends a panic") {
  const Arguments append = values(qemu_arguments(sample()), "-append");
  REQUIRE(append.size() == 1);
  CHECK(contains(append[0], "panic=-1"));
  CHECK(contains(append[0], "mayfly.root=/dev/vda"));
  CHECK_FALSE(contains(append[0], "token"));
}

TEST_CASE("each descriptor that argv names is inherited, and no other") {
  std::vector<int> fds = inherited_descriptors(sample());
  std::sort(fds.begin(), fds.end());
  CHECK(fds == std::vector<int>{11, 12, 13, 14, 15, 16, 17});
}

}  // namespace
}  // namespace mayfly::test
