// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mayfly {

struct SyscallRule {
  struct Argument {
    unsigned index = 0;
    std::uint64_t mask = ~std::uint64_t{0};
    std::uint64_t value = 0;

    bool operator==(const Argument&) const = default;
  };

  std::string name;
  int error = 0;  // 0: it is allowed; else it fails with this errno
  std::vector<Argument> arguments;  // all of them must be so

  bool operator==(const SyscallRule&) const = default;
};

struct DeviceRule {
  std::string path;
  std::uint8_t ioctl_type = 0;  // of its commands, _IOC_TYPE in <linux/ioctl.h>

  bool operator==(const DeviceRule&) const = default;
};

// What a confined process may touch; src/jail/profiles/strict.profile explains each statement.
struct Profile {
  std::string name;
  std::vector<std::string> modules;
  std::vector<std::string> files;
  std::vector<std::string> trees;
  std::vector<DeviceRule> devices;
  std::vector<SyscallRule> syscalls;

  bool operator==(const Profile&) const = default;
};

// Reads a profile's text; "include strict" takes over what the strict one says. An error names
// the line.
Result<Profile> parse_profile(std::string name, std::string_view text);

// One of those that come with mayfly, `strict` or `compat`.
Result<Profile> builtin_profile(const std::string& name);

}  // namespace mayfly
