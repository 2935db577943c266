// SPDX-License-Identifier: Apache-2.0
#include "image/overlay.h"

#include "sys/files.h"

namespace mayfly {

Result<Fd> copy_overlay(int from, std::int64_t size, const RunDirectory& directory) {
  auto overlay = directory.anonymous_file();
  if (!overlay) return overlay;
  auto copied = copy_contents(from, overlay->get(), size);
  if (!copied) return std::move(copied).error().context("overlay in " + directory.path());
  return overlay;
}

}  // namespace mayfly
