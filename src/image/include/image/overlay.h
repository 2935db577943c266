// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/fd.h"
#include "base/result.h"
#include "sys/run_directory.h"

namespace mayfly {

// Most that a machine's overlay may grow by unless its task may do with less.
inline constexpr std::int64_t kDefaultDiskBytes = 4LL << 30;

// A fresh, private, writable qcow2 file: a copy of the `size` bytes of `from` (an image's empty
// overlay, or a snapshot's), in the run directory but without a name, so that nothing can be
// left behind.
Result<Fd> copy_overlay(int from, std::int64_t size, const RunDirectory& directory);

}  // namespace mayfly
