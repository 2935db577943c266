// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "batch/task_key.h"
#include "engine/settings.h"
#include "runner/task_environment.h"

namespace mayfly {

// What these settings make of results, for the journal's keys.
TaskConditions conditions_of(const Settings& settings, const TaskEnvironment& environment);

Platform platform_of(const TaskEnvironment& environment);

}  // namespace mayfly
