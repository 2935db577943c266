// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fake_host.h"
#include "runner/task_runner.h"

namespace mayfly::test {

// The language "l", of files with ".l", by its commands.
Language language(std::vector<std::string> compile, std::vector<std::string> run);

// A task that is a text in it.
TaskSpec text();

// How it ends where the image has that language.
TaskResult run(const Language& language, TaskSpec spec);

// Runs tasks on fake-qemu, which plays `trick`, and checks each time that no process is left
// behind.
class TaskBench {
 public:
  explicit TaskBench(const std::string& trick = "none", PoolOptions options = {.size = 0, .snapshots = false});

  // A machine with a disk, as tasks have it.
  void add_disk();

  // `on_silence` is called before the fake falls silent on purpose.
  void on_silence(std::function<void()> on_silence) { host_.on_told(std::move(on_silence)); }

  static TaskSpec spec(std::vector<std::string> argv);

  // From start() to on_done. `handlers` needs no on_done.
  TaskResult run(TaskSpec spec, TaskRunner::Handlers handlers = {});

  Ring& ring() { return host_.ring(); }
  TaskRunner& runner() { return *runner_; }  // while run() runs
  TaskEnvironment environment;

 private:
  void close_pool();

  FakeHost host_;
  Log log_{LogLevel::off};
  PoolOptions options_;
  DigestCache digests_{host_.home()};
  TemplateCache templates_{host_.ring(), host_.home(), digests_, 64 << 20};
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<TaskRunner> runner_;
};

}  // namespace mayfly::test
