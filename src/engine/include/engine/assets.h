// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/fd.h"
#include "base/log.h"
#include "base/result.h"
#include "engine/settings.h"
#include "image/artifact.h"
#include "image/digest.h"

namespace mayfly {

// What all machines of this host are made of, whatever their image: found, and compared with what is known of it.
struct Assets {
  std::string qemu;  // its real path: the jail has it in the same place, and no links
  std::string qemu_sha256;
  Kernel kernel;
  Fd initramfs;  // sealed
  std::string initramfs_sha256;

  // An error says what is missing and how to get it.
  static Result<Assets> open(const Settings& settings, const DigestCache& digests, const Log& log);
};

// The QEMU binary that these settings mean.
Result<std::string> find_qemu_binary(const Settings& settings);

// That nobody but root and this user can put anything where mayfly's state is, as far as it exists.
Result<void> check_home_trusted(const std::string& home);

}  // namespace mayfly
