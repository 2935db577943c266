// SPDX-License-Identifier: Apache-2.0
#include "image/overlay.h"

#include "sys/files.h"

namespace mayfly {

Result<Fd> create_overlay(const Image& image, const RunDirectory& directory) {
  auto overlay = directory.anonymous_file();
  if (!overlay) return overlay;
  auto copied = copy_contents(image.overlay.fd.get(), overlay->get(), image.overlay.size_bytes);
  if (!copied) return std::move(copied).error().context("overlay in " + directory.path());
  return overlay;
}

}  // namespace mayfly
