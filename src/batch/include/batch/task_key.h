// SPDX-License-Identifier: Apache-2.0
//
// What a result depends on, as digests of 64 hex digits: a journal hands a record out again only where these are the
// same.
#pragma once

#include <string>
#include <tuple>

#include "task/task_spec.h"

namespace mayfly {

// What beside a task's own line is meant to shape its result.
struct TaskConditions {
  std::string image;       // digest of the image's manifest: its disk, and how its languages are compiled and run
  double time_factor = 1;  // on time-outs and budgets of processor time
  bool prestart = true;    // interpreters may have been started before their task was there
};

inline auto members(const TaskConditions& conditions) {
  const auto& [image, time_factor, prestart] = conditions;
  return std::tie(image, time_factor, prestart);
}

// What tasks run on. Another one is meant to give the same results, and may not.
struct Platform {
  std::string mayfly;  // version
  std::string kernel;  // digests: the guest's kernel, the agent, QEMU
  std::string agent;
  std::string qemu;
  std::string accelerator;
};

inline auto members(const Platform& platform) {
  const auto& [mayfly, kernel, agent, qemu, accelerator] = platform;
  return std::tie(mayfly, kernel, agent, qemu, accelerator);
}

// SHA-256 over every field of the task and its conditions, its line number excepted.
std::string task_key(const TaskSpec& spec, const TaskConditions& conditions);

std::string platform_key(const Platform& platform);

}  // namespace mayfly
