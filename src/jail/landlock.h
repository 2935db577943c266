// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace mayfly {

// The version of Landlock's interface that this kernel has (landlock(7)); 0: none.
int landlock_abi();

// What may be done with one file, or with all that is below a folder.
enum class FileUse { read, execute, device };

// Rules in the making; whoever restricts itself by them (landlock_restrict_self(2)) can touch
// nothing else by path, whatever descriptor it starts from, cannot connect or bind TCP, and
// reaches no process outside by abstract socket or signal, as far as the kernel's version goes.
// Memory files and pipes are always open to who has them.
class LandlockRules {
 public:
  static Result<LandlockRules> create();

  // A path of ours: rules belong to the file, wherever it will be mounted.
  Result<void> add(const std::string& path, FileUse use);
  Result<void> add(int fd, FileUse use);

  Fd take() && { return std::move(ruleset_); }

 private:
  LandlockRules(Fd ruleset, int abi) : ruleset_(std::move(ruleset)), abi_(abi) {}

  Fd ruleset_;
  int abi_;
};

// Puts rules in force for this process, for good. No allocation: see ChildSetup. False: errno.
bool restrict_by_landlock(int rules);

}  // namespace mayfly
