// SPDX-License-Identifier: Apache-2.0
#include "commands.h"
namespace mayfly {
void add_doctor_command(CLI::App&, const Settings&, int&) {}
}  // namespace mayfly
