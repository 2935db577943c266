// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "image/digest.h"
#include "image/manifest.h"
#include "sys/memory_file.h"

namespace mayfly {

// A template on disk, opened: its memory packed (the extents one after the other), its state
// and its overlay.
struct StoredTemplate {
  std::string key;
  Artifact memory;
  std::vector<Extent> extents;  // where the bytes of `memory` belong
  std::int64_t memory_bytes = 0;  // of the guest
  Artifact state;
  Artifact overlay;  // fd empty without a disk
  std::string token;
};

// What `mayfly template list` shows.
struct TemplateInfo {
  std::string key;
  std::string description;  // image, shape, accelerator
  std::int64_t size_bytes = 0;
  Nanoseconds last_used = 0;  // realtime
};

// The templates below <home>/templates: a directory each, named by its key, readable by its
// owner only (it holds the token of a machine that does not run any more). It is written beside and renamed
// into place when it is whole, so a directory with a key for a name is complete.
class TemplateStore {
 public:
  explicit TemplateStore(const std::string& home) : directory_(home + "/templates") {}

  // An error where there is none, or where it is damaged.
  Result<StoredTemplate> open(const std::string& key) const;

  // A file to flock(2) while building `key`.
  Result<Fd> lock_file(const std::string& key) const;

  // A fresh directory for a template that is being written.
  Result<std::string> begin(const std::string& key) const;
  // Writes the manifest of what was put there and moves it into place.
  Result<void> commit(const std::string& directory, const StoredTemplate& stored,
                      const std::string& description) const;
  void abandon(const std::string& directory) const;

  std::vector<TemplateInfo> list() const;
  void note_use(const std::string& key) const;
  Result<void> remove(const std::string& key) const;

 private:
  std::string path(const std::string& key) const { return directory_ + "/" + key; }

  std::string directory_;
};

}  // namespace mayfly
