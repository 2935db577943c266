// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "helpers.h"
#include "image/artifact.h"
#include "sys/run_directory.h"
#include "task/task_runner.h"

namespace mayfly::test {

// Runs tasks on fake-qemu, which plays `trick` (see fake_qemu.cc), and checks each time that
// no process is left behind.
class TaskBench {
 public:
  explicit TaskBench(const std::string& trick = "none");

  // A machine with a disk, as tasks have it.
  void add_disk();

  // The machine's initramfs becomes a pipe; `on_silence` is called when the fake writes to
  // it, which it does before it falls silent on purpose.
  void on_silence(std::function<void()> on_silence);

  static TaskSpec spec(std::vector<std::string> argv);

  // From start() to on_done. `handlers` needs no on_done.
  TaskResult run(TaskSpec spec, TaskRunner::Handlers handlers = {});

  Ring& ring() { return *ring_; }
  TaskRunner& runner() { return *runner_; }  // while run() runs
  TaskEnvironment environment;

 private:
  TempDirectory home_;
  std::unique_ptr<Ring> ring_ = open_ring();
  std::optional<RunDirectory> run_directory_;
  Kernel kernel_;
  Image image_;
  Fd initramfs_;
  Fd silence_;
  std::unique_ptr<Watch> silence_watch_;
  Log log_{LogLevel::off};
  std::unique_ptr<TaskRunner> runner_;
};

}  // namespace mayfly::test
