// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "image/artifact.h"
#include "sys/run_directory.h"

namespace mayfly {

// A fresh, private, writable qcow2 file over `image`: a copy of its empty overlay, in the
// run directory but without a name, so that nothing can be left behind.
Result<Fd> create_overlay(const Image& image, const RunDirectory& directory);

}  // namespace mayfly
