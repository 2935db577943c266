// SPDX-License-Identifier: Apache-2.0
#include "engine/settings.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace mayfly {
namespace {

std::string variable(const char* name) {
  const char* value = ::getenv(name);
  return value ? value : "";
}

// Whoever calls us may have left HOME out of our environment.
std::string home_directory() {
  const std::string home = variable("HOME");
  if (!home.empty()) return home;
  const passwd* user = ::getpwuid(::geteuid());
  return user && user->pw_dir ? user->pw_dir : "";
}

Error unknown_layer(const std::string& layer) {
  return Error("'" + layer + "' is required, and no layer: kvm, jail, bpf, cgroup")
      .hint("see --require, MAYFLY_REQUIRE, and require in the configuration file");
}

Error no_jail_but_required() {
  return Error("--unsafe-no-jail leaves out the jail, and --require jail insists on it")
      .hint("leave out one of them; both can come from a flag, the environment (MAYFLY_REQUIRE, "
            "MAYFLY_UNSAFE_NO_JAIL) or the configuration file");
}

}  // namespace

const std::set<std::string>& known_layers() {
  static const std::set<std::string> layers = {"kvm", "jail", "bpf", "cgroup"};
  return layers;
}

void Settings::add_required(std::string_view layers) {
  while (!layers.empty()) {
    const std::size_t comma = std::min(layers.find(','), layers.size());
    if (comma > 0) require.emplace_back(layers.substr(0, comma));
    layers.remove_prefix(std::min(comma + 1, layers.size()));
  }
}

Result<void> Settings::check() const {
  for (const std::string& layer : require) {
    if (known_layers().count(layer) == 0) return unknown_layer(layer);
    if (layer == "jail" && containment.unsafe_no_jail) return no_jail_but_required();
  }
  return {};
}

std::string default_home() {
  if (::geteuid() == 0) return "/var/lib/mayfly";
  const std::string data = variable("XDG_DATA_HOME");
  return (data.empty() ? home_directory() + "/.local/share" : data) + "/mayfly";
}

}  // namespace mayfly
