// SPDX-License-Identifier: Apache-2.0
#include "config_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>

#include "sys/trusted_path.h"

namespace mayfly {
namespace {

std::string named_by_environment() {
  const char* variable = std::getenv("MAYFLY_CONFIG");
  return variable ? variable : "";
}

// CLI11 (2.1) asks the environment after the file, and only for options that have no value
// yet; so what the environment says is taken out of the file.
class BelowEnvironment : public CLI::ConfigTOML {
 public:
  BelowEnvironment(CLI::App& app, Settings& settings) : app_(app), settings_(settings) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    const std::string path = app_.get_config_ptr()->as<std::string>();
    check_owner(path);
    auto values = CLI::ConfigTOML::from_config(input);
    for (const CLI::ConfigItem& item : values) check_known(item, path);
    std::erase_if(values, [this](const CLI::ConfigItem& item) { return take_required(item); });
    std::erase_if(values, [this](const CLI::ConfigItem& item) { return is_in_environment(item); });
    if (const std::string other = named_by_environment(); !other.empty() && other != path) require_also(other);
    return values;
  }

 private:
  // It decides what is executed, and what is allowed: what others could have written is not believed. A pipe from our own
  // shell (/dev/fd/N) has no place that could be checked.
  static void check_owner(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
    if (const auto trusted = check_trusted(path); !trusted) {
      throw CLI::FileError("the configuration file is not used: " + trusted.error().message() + "\nhint: " + trusted.error().hint(),
                           CLI::ExitCodes::FileError);
    }
  }

  static bool marks_section(const CLI::ConfigItem& item) { return item.name == "++" || item.name == "--"; }

  // Null: there is no such command.
  const CLI::App* command_of(const CLI::ConfigItem& item) const {
    const CLI::App* app = &app_;
    for (const std::string& parent : item.parents) {
      const auto commands = app->get_subcommands([&parent](const CLI::App* command) { return command->get_name() == parent; });
      if (commands.empty()) return nullptr;
      app = commands.front();
    }
    return app;
  }

  void check_known(const CLI::ConfigItem& item, const std::string& path) const {
    const CLI::App* command = command_of(item);
    if (!command) throw CLI::ConfigError(path + ": there is no command for [" + item.parents.back() + "]");
    if (marks_section(item) || command->get_option_no_throw("--" + item.name)) return;
    std::string better;
    for (const CLI::App* other : app_.get_subcommands(nullptr)) {
      if (other->get_option_no_throw("--" + item.name)) better += (better.empty() ? "" : " or ") + ("[" + other->get_name() + "]");
    }
    const std::string where = item.parents.empty() ? "" : " in [" + item.parents.back() + "]";
    throw CLI::ConfigError(path + ": there is no option '" + item.name + "'" + where +
                           (better.empty() ? "" : "; it belongs below " + better));
  }

  // A file that a flag takes the place of requires what it required.
  void require_also(const std::string& path) const {
    std::ifstream file(path);
    if (!file) throw CLI::FileError::Missing(path);
    for (const CLI::ConfigItem& item : CLI::ConfigTOML::from_config(file)) take_required(item);
  }

  // These add up, whatever a flag says.
  bool take_required(const CLI::ConfigItem& item) const {
    if (item.name != "require" || !item.parents.empty()) return false;
    for (const std::string& layers : item.inputs) settings_.add_required(layers);
    return true;
  }

  bool is_in_environment(const CLI::ConfigItem& item) const {
    const CLI::Option* option = command_of(item)->get_option_no_throw("--" + item.name);
    return option && !option->get_envname().empty() && std::getenv(option->get_envname().c_str());
  }

  CLI::App& app_;
  Settings& settings_;
};

}  // namespace

void add_config_file(CLI::App& app, Settings& settings) {
  const std::string path = named_by_environment();
  // One that is named and cannot be read is an error: what it forbids would be allowed without a word.
  app.set_config("--config", path, "Configuration file (TOML); keys are the long options", !path.empty());
  app.config_formatter(std::make_shared<BelowEnvironment>(app, settings));
  app.allow_config_extras(CLI::config_extras_mode::error);
}

}  // namespace mayfly
