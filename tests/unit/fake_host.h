// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "helpers.h"
#include "machine/factory.h"
#include "ring/watch.h"
#include "sys/run_directory.h"

namespace mayfly::test {

// The smallest machine: a guest of fake-qemu needs no more.
inline constexpr MachineShape kSmall{{.memory_mib = 1, .vcpus = 1}};

// An artifact in memory.
Artifact artifact_of(std::string_view content);

// What machines are made of where QEMU is fake-qemu, which plays `trick` (fake_qemu_tricks.cc).
class FakeHost {
 public:
  explicit FakeHost(const std::string& trick = "none");

  // Machines with a disk, as tasks have it.
  void add_disk();

  // `on_told` is called whenever a fake has told something (Fake::tell): it is about to fall
  // silent on purpose, or its trick says so. What it said on its channels before was heard then.
  void on_told(std::function<void()> on_told);

  Ring& ring() { return *ring_; }
  const std::string& home() const { return home_.path(); }
  MachineParts parts;
  Image image;

 private:
  void hear();
  void later(int turns);

  TempDirectory home_;
  std::unique_ptr<Ring> ring_ = open_ring();
  std::optional<RunDirectory> run_directory_;
  Kernel kernel_;
  Fd initramfs_;
  Fd told_;
  std::function<void()> on_told_;
  std::unique_ptr<Watch> told_watch_;
};

// The children of this process.
std::vector<pid_t> children();

}  // namespace mayfly::test
