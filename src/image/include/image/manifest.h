// SPDX-License-Identifier: Apache-2.0
//
// Manifests: a manifest.json beside the files that it names, with the digest of each.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/json_fields.h"
#include "base/result.h"

namespace mayfly {

// One file of a manifest, opened read-only.
struct Artifact {
  std::string path;
  std::string sha256;  // what the manifest promises
  std::int64_t size_bytes = 0;
  Fd fd;
};

// Neither reads what others could have written (sys/trusted_path.h).

// Reads <directory>/manifest.json of schema 1 and this kind, and lets `read` pick its fields.
// The error names the file and the field. Returns the digest of its text.
Result<std::string> read_manifest(const std::string& directory, const std::string& kind,
                           const std::function<Result<void>(JsonFields&)>& read);

// Opens what the manifest's field `name` describes, and checks that it has its promised size.
Result<void> open_artifact(JsonFields& manifest, const std::string& directory,
                           std::string_view name, Artifact& out);

}  // namespace mayfly
