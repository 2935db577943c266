// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <memory>

#include "engine/host.h"
#include "engine_home.h"
#include "task/task_spec.h"

namespace mayfly::test {

// Gives this process its signals back: those that sessions block.
class SignalMask {
 public:
  SignalMask() { ::sigprocmask(SIG_SETMASK, nullptr, &mask_); }
  ~SignalMask() { ::sigprocmask(SIG_SETMASK, &mask_, nullptr); }

 private:
  sigset_t mask_{};
};

// What a pipe holds now. It need not have ended: a ring may still have the other end, and close it when it runs again.
std::string content_of(const Fd& pipe);

// A host that runs fake-qemu.
struct EngineBench {
  explicit EngineBench(const std::string& trick = "none");

  // As the next mayfly finds it.
  void reopen();

  const TaskEnvironment& environment();
  static TaskSpec spec(std::vector<std::string> argv);

  SignalMask mask;
  EngineHome home;
  std::unique_ptr<Host> host;
};

}  // namespace mayfly::test
