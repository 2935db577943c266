// SPDX-License-Identifier: Apache-2.0
//
// What machines are made of, as scripts/setup publishes it below the state directory:
// <home>/kernel/manifest.json and <home>/images/<name>/manifest.json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "image/digest.h"
#include "image/language.h"
#include "image/manifest.h"

namespace mayfly {

struct Kernel {
  std::string release;
  Artifact vmlinux;
};

struct Image {
  std::string name;
  std::string manifest_sha256;  // of its manifest's text, hence of all that is promised of it
  Artifact disk;     // ext4, raw, never written
  Artifact overlay;  // an empty qcow2 of the same virtual size, copied for each machine
  std::vector<std::string> packages;  // "name version"
  // What every machine of this image is warmed with before it becomes a template (shell commands),
  // and the program that a waiting machine is exercised with (looked up in PATH; may be empty).
  std::vector<std::string> warmup;
  std::string exercise;
  std::vector<Language> languages;
};

// Open what a manifest names and check that each file is there and has its promised size; a
// missing or truncated file is an error with a remedy.
Result<Kernel> open_kernel(const std::string& home);
Result<Image> open_image(const std::string& home, const std::string& name);

// What a machine is warmed with for tasks in this language; empty: in none.
std::vector<std::string> warmup_for(const Image& image, std::string_view language);

// The names below <home>/images that hold a manifest, sorted.
std::vector<std::string> list_images(const std::string& home);

// Compares the content with the promised digest. Slow the first time, then remembered.
Result<void> verify(const Artifact& artifact, const DigestCache& cache);

}  // namespace mayfly
