// SPDX-License-Identifier: Apache-2.0
//
// What `mayfly doctor` looks at. Each check tells what it found and, where something is
// missing, what to do about it.
#pragma once

#include <string>
#include <vector>

#include "engine/settings.h"

namespace mayfly {

enum class CheckStatus { ok, warning, failure };

struct Check {
  std::string name;
  CheckStatus status = CheckStatus::ok;
  std::string finding;
  std::string remedy;  // empty where nothing needs to be done
};

// The computer and its kernel.
Check check_platform();
Check check_io_uring();
Check check_memory();
// Hard resource limits that mayfly has inherited, and that machines will meet.
Check check_rlimits();
Check check_cgroups();
Check check_bpf();
// Before the others: see Jail.
Check check_jail(const Settings& settings);
Check check_home(const Settings& settings);
// Whether anybody else has a uid of VMMs: an account, a process, a user namespace's range.
Check check_uids(const Settings& settings);
std::vector<Check> check_hardening();

// What scripts/setup installs and builds.
Check check_qemu(const Settings& settings);
Check check_kernel(const Settings& settings);
std::vector<Check> check_images(const Settings& settings);

// Boot real machines: the accelerator's proof and the time factor are made anew, then a program runs.
Check check_accelerator(const Settings& settings);
Check check_time_factor(const Settings& settings);
Check check_task(const Settings& settings);

}  // namespace mayfly
