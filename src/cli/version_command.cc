// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "base/json.h"
#include "commands.h"

namespace mayfly {

void add_version_command(CLI::App& app, const CliSettings&, int& exit_status) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("version", "Show mayfly's version");
  command->add_flag("--json", *json, "As JSON");
  command->callback([json, &exit_status] {
    exit_status = 0;
    if (!*json) {
      std::cout << "mayfly " MAYFLY_VERSION "\n";
      return;
    }
    JsonBuffer buffer;
    JsonWriter writer(buffer);
    writer.StartObject();
    write_text(writer, "mayfly", MAYFLY_VERSION);
    write_integer(writer, "schema", 1);
    writer.EndObject();
    std::cout << buffer.GetString() << "\n";
  });
}

}  // namespace mayfly
