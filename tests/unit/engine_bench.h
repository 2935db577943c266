// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <memory>

#include "engine/host.h"
#include "engine_home.h"

namespace mayfly::test {

// Gives this process its signals back: those that sessions block.
class SignalMask {
 public:
  SignalMask() { ::sigprocmask(SIG_SETMASK, nullptr, &mask_); }
  ~SignalMask() { ::sigprocmask(SIG_SETMASK, &mask_, nullptr); }

 private:
  sigset_t mask_{};
};

// A host that runs fake-qemu.
struct EngineBench {
  explicit EngineBench(const std::string& trick = "none");

  const TaskEnvironment& environment();
  static TaskSpec spec(std::vector<std::string> argv);

  SignalMask mask;
  EngineHome home;
  std::unique_ptr<Host> host;
};

}  // namespace mayfly::test
