// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/cell.h"
#include "protocol/message.h"

namespace mayfly::guest {

// Sets the limits that the kernel keeps for each process; 0: the calling one. False: errno says why.
bool limit_process(pid_t pid, const Sandbox& wanted);

// What of the machine's a sandbox is made of, as descriptors; -1: it has none.
struct MachinePlaces {
  int owners = -1;   // see Cells; a checker's files are its own as they are
  int scratch = -1;  // of copy_directory: where what is written in a fresh directory goes
  int shown = -1;    // likewise: to a checker /run, with its room; to others /tmp, whose files are in theirs, too
};

// What a process of ours does to itself between clone3 and execve to become a sandboxed program;
// cell.h tells the whole order. It runs in memory that is shared with the agent, which sleeps:
// nothing is allocated. Each step returns what failed, with errno, or nullptr.
class CellEntry {
 public:
  // All borrowed until the program runs. `cwd`: within the sandbox.
  CellEntry(const Cell& cell, const MachinePlaces& places, const Sandbox& wanted, const char* cwd)
      : cell_(cell), places_(places), wanted_(wanted), cwd_(cwd) {}

  // For setns(2) before the process is born: its PID namespace is its parent's choice.
  int pid_namespace() const { return cell_.init(); }

  // To be entered as the program would.
  const char* cwd() const { return cwd_; }

  // When descriptors 0, 1 and 2 are the program's, and the agent's are open still.
  const char* enter() const;
  // The last thing before execve.
  const char* lock() const;

 private:
  const char* add_places() const;

  const Cell& cell_;
  MachinePlaces places_;
  const Sandbox& wanted_;
  const char* cwd_;
};

}  // namespace mayfly::guest
