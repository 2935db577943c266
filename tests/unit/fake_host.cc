// SPDX-License-Identifier: Apache-2.0
#include "fake_host.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "sys/files.h"
#include "sys/memory_file.h"

namespace mayfly::test {

Artifact artifact_of(std::string_view content) {
  Artifact out;
  auto memfd = sealed_memory_file("artifact", content);
  REQUIRE(memfd);
  out.fd = *std::move(memfd);
  out.size_bytes = static_cast<std::int64_t>(content.size());
  return out;
}

FakeHost::FakeHost(const std::string& trick) {
  auto run_directory = RunDirectory::create(home());
  REQUIRE(run_directory);
  run_directory_.emplace(*std::move(run_directory));
  kernel_.vmlinux = artifact_of("kernel");
  initramfs_ = artifact_of("initramfs").fd;
  parts.vmm.qemu = home_ / ("fake-qemu-" + trick);
  std::filesystem::create_symlink(FAKE_QEMU, parts.vmm.qemu);
  parts.kernel = &kernel_;
  parts.initramfs_fd = initramfs_.get();
  parts.run_directory = &*run_directory_;
}

void FakeHost::add_disk() {
  image.name = "base";
  image.disk = artifact_of("gold");
  image.overlay = artifact_of("overlay");
  parts.image = &image;
}

void FakeHost::on_told(std::function<void()> on_told) {
  on_told_ = std::move(on_told);
  const std::string path = parts.vmm.qemu + ".told";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  auto fifo = open_file(path, O_RDWR | O_NONBLOCK);  // for writing, too: it never ends
  REQUIRE(fifo);
  told_ = *std::move(fifo);
  told_watch_ = std::make_unique<Watch>(*ring_, told_.get(), POLLIN, [this] { hear(); });
}

// What was said before can be read by now; the loop may need a turn to arm the read, and one
// to do it.
void FakeHost::hear() {
  constexpr int kTurns = 3;
  char bytes[64];
  const ssize_t got = ::read(told_.get(), bytes, sizeof bytes);
  told_watch_->rearm();
  for (ssize_t i = 0; i < got; ++i) later(kTurns);
}

void FakeHost::later(int turns) {
  if (turns == 0) return on_told_();
  ring_->defer([this, turns] { later(turns - 1); });
}

std::vector<pid_t> children() {
  std::ifstream list("/proc/self/task/" + std::to_string(::gettid()) + "/children");
  std::vector<pid_t> pids;
  for (pid_t pid = 0; list >> pid;) pids.push_back(pid);
  return pids;
}

}  // namespace mayfly::test
