// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace mayfly {

// Lets `app` read a TOML file (--config or MAYFLY_CONFIG) whose keys are the long options,
// those of a command below [command]. A flag wins over the environment, the environment
// over the file; an unknown key is an error.
void add_config_file(CLI::App& app);

}  // namespace mayfly
