// SPDX-License-Identifier: Apache-2.0
#include "config_file.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace mayfly {
namespace {

// CLI11 (2.1) asks the environment after the file, and only for options that have no value
// yet; so what the environment says is taken out of the file.
class BelowEnvironment : public CLI::ConfigTOML {
 public:
  BelowEnvironment(CLI::App& app, Settings& settings) : app_(app), settings_(settings) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    auto values = CLI::ConfigTOML::from_config(input);
    std::erase_if(values, [this](const CLI::ConfigItem& item) { return take_required(item); });
    std::erase_if(values, [this](const CLI::ConfigItem& item) { return is_in_environment(item); });
    return values;
  }

 private:
  // These add up, whatever a flag says.
  bool take_required(const CLI::ConfigItem& item) const {
    if (item.name != "require" || !item.parents.empty()) return false;
    for (const std::string& layers : item.inputs) settings_.add_required(layers);
    return true;
  }

  bool is_in_environment(const CLI::ConfigItem& item) const {
    const CLI::App* app = &app_;
    for (const std::string& parent : item.parents) {
      const auto commands = app->get_subcommands([&parent](const CLI::App* command) { return command->get_name() == parent; });
      if (commands.empty()) return false;
      app = commands.front();
    }
    const CLI::Option* option = app->get_option_no_throw("--" + item.name);
    return option && !option->get_envname().empty() && std::getenv(option->get_envname().c_str());
  }

  CLI::App& app_;
  Settings& settings_;
};

}  // namespace

void add_config_file(CLI::App& app, Settings& settings) {
  const char* variable = std::getenv("MAYFLY_CONFIG");
  const std::string path = variable ? variable : "";
  // One that is named and cannot be read is an error: what it forbids would be allowed without a word.
  app.set_config("--config", path, "Configuration file (TOML); keys are the long options", !path.empty());
  app.config_formatter(std::make_shared<BelowEnvironment>(app, settings));
  app.allow_config_extras(CLI::config_extras_mode::error);
}

}  // namespace mayfly
