// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "jail/profile.h"

namespace mayfly {

// What is in a root: each at the path that it has outside, so that what was said about one
// place is true in the other.
struct RootContents {
  std::vector<std::string> executables;  // the program, its libraries and modules
  std::vector<std::string> files;
  std::vector<std::string> trees;
  std::vector<std::string> devices;
};

// The program and all that the profile lets it touch, as far as it exists on this host.
Result<RootContents> find_contents(const Profile& profile, const std::string& program);

// A character device that each jailed process makes for itself, in kOwnDevices.
struct OwnDevice {
  std::string path;
  dev_t number = 0;
};

// A folder of the root, empty: there jailed processes mount a file system of their own.
constexpr const char* kOwnDevices = "/dev/own";

// Namespaces that jailed processes enter: a mount namespace whose root is read-only and holds
// these contents, and a network namespace without a network. They last as long as the
// descriptors.
struct JailRoot {
  Fd mounts;
  Fd network;
  std::vector<OwnDevice> own_devices;  // links lead to them from where they are outside
  std::vector<Fd> devices;             // the folder above kOwnDevices, or the host's own; by path only
};

// Makes them in a child process; needs CAP_SYS_ADMIN in our user namespace. Where nodes may not
// be made, the devices are the host's, and own_devices is empty.
Result<JailRoot> make_root(const RootContents& contents);

}  // namespace mayfly
