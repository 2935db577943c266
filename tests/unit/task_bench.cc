// SPDX-License-Identifier: Apache-2.0
#include "task_bench.h"

#include <poll.h>

#include <filesystem>

#include "sys/files.h"

namespace mayfly::test {
namespace {

Artifact artifact(std::string_view content) {
  Artifact out;
  auto memfd = sealed_memory_file("artifact", content);
  REQUIRE(memfd);
  out.fd = *std::move(memfd);
  out.size_bytes = static_cast<std::int64_t>(content.size());
  return out;
}

}  // namespace

TaskBench::TaskBench(const std::string& trick) {
  auto run_directory = RunDirectory::create(home_.path());
  REQUIRE(run_directory);
  run_directory_.emplace(*std::move(run_directory));
  kernel_.vmlinux = artifact("kernel");
  initramfs_ = artifact("initramfs").fd;
  environment.parts.qemu = home_ / ("fake-qemu-" + trick);
  std::filesystem::create_symlink(FAKE_QEMU, environment.parts.qemu);
  environment.parts.kernel = &kernel_;
  environment.parts.initramfs_fd = initramfs_.get();
  environment.parts.run_directory = &*run_directory_;
  environment.isolation.accelerator = "tcg";
  environment.provenance.kernel = "digest";
}

void TaskBench::add_disk() {
  image_.name = "base";
  image_.disk = artifact("gold");
  image_.overlay = artifact("overlay");
  environment.parts.image = &image_;
}

void TaskBench::on_silence(std::function<void()> on_silence) {
  auto [reader, writer] = pipe_ends();
  silence_ = std::move(reader);
  initramfs_ = std::move(writer);
  environment.parts.initramfs_fd = initramfs_.get();
  silence_watch_ = std::make_unique<Watch>(*ring_, silence_.get(), POLLIN, std::move(on_silence));
}

TaskSpec TaskBench::spec(std::vector<std::string> argv) {
  TaskSpec spec;
  spec.id = "task-1";
  spec.line = 1;
  spec.bin = argv.front();
  spec.args.assign(argv.begin() + 1, argv.end());
  spec.env = default_environment();
  return spec;
}

TaskResult TaskBench::run(TaskSpec spec, TaskRunner::Handlers handlers) {
  std::optional<TaskResult> result;
  handlers.on_done = [&](TaskResult done) {
    REQUIRE_FALSE(result.has_value());
    result = std::move(done);
    ring_->defer([this] { ring_->stop(); });
  };
  runner_ = std::make_unique<TaskRunner>(*ring_, environment, log_, std::move(spec), std::move(handlers));
  ring_->defer([this] { runner_->start(); });
  REQUIRE(ring_->run());
  REQUIRE(result.has_value());
  CHECK(has_no_children());
  runner_.reset();
  return *std::move(result);
}

}  // namespace mayfly::test
