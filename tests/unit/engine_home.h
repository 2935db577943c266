// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "engine/settings.h"
#include "helpers.h"

namespace mayfly::test {

// A home with a kernel and the image "base", and settings for a host that runs fake-qemu, booting each machine,
// unjailed and emulated.
class EngineHome {
 public:
  explicit EngineHome(const std::string& trick = "none");

  // Puts an image there, in place of the one of that name; `languages` is JSON, as a manifest has it.
  void publish(const std::string& name, const std::string& disk, const std::string& languages = "[]");

  std::string operator/(const std::string& name) const { return directory_ / name; }
  const std::string& path() const { return directory_.path(); }

  Settings settings;

 private:
  std::string file_entry(const std::string& path, std::string_view content) const;

  TempDirectory directory_;
};

}  // namespace mayfly::test
