// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "options.h"

namespace mayfly {

// Lets `app` read a TOML file (--config or MAYFLY_CONFIG) whose keys are the long options,
// those of a command below [command]. A flag wins over the environment, the environment
// over the file; an unknown key is an error. What the file requires (`require`) counts in any case.
void add_config_file(CLI::App& app, Settings& settings);

}  // namespace mayfly
