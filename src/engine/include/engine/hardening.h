// SPDX-License-Identifier: Apache-2.0
//
// What a host should be set to where strangers' programs run on it, or where their time is compared:
// the subjects of Firecracker's production host setup and of isolate's check of its environment.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace mayfly {

// What the judgement rests on: contents of files in /proc and /sys by their path, as far as there are any.
struct HostFacts {
  std::map<std::string, std::string> files;
  bool clock_is_synchronized = true;

  static HostFacts gather();
};

struct Advice {
  std::string name;
  std::string finding;
  std::string remedy;  // empty: it is as it should be
};

// One for each subject that this host has.
std::vector<Advice> advise(const HostFacts& facts);

}  // namespace mayfly
