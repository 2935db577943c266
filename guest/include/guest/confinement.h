// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/cell.h"
#include "protocol/message.h"

namespace mayfly::guest {

// Sets the limits that the kernel keeps for each process; 0: the calling one. False: errno says why.
bool limit_process(pid_t pid, const Sandbox& wanted);

// What a process of ours does to itself between clone3 and execve to become a sandboxed program;
// cell.h tells the whole order. It runs in memory that is shared with the agent, which sleeps:
// nothing is allocated. Each step returns what failed, with errno, or nullptr.
class Confinement {
 public:
  // All borrowed until the program runs. `cwd`: within the sandbox.
  Confinement(const Cell& cell, int owners, const Sandbox& wanted, const char* cwd)
      : cell_(cell), owners_(owners), wanted_(wanted), cwd_(cwd) {}

  // For setns(2) before the process is born: its PID namespace is its parent's choice.
  int pid_namespace() const { return cell_.init(); }

  // To be entered as the program would.
  const char* cwd() const { return cwd_; }

  // When descriptors 0, 1 and 2 are the program's, and the agent's are open still.
  const char* enter() const;
  // The last thing before execve.
  const char* lock() const;

 private:
  const Cell& cell_;
  int owners_;
  const Sandbox& wanted_;
  const char* cwd_;
};

}  // namespace mayfly::guest
