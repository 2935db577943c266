// SPDX-License-Identifier: Apache-2.0
//
// Templates from memory to disk and back, in slices of the loop's time: tens to hundreds of
// megabytes.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/sha256.h"
#include "ring/sliced_work.h"
#include "template/extent_walk.h"
#include "template/template.h"
#include "template/template_store.h"

namespace mayfly {

// Reads a stored template into sealed memory. What it reads is compared with the digests of
// the manifest, unless `digests` remembers that file.
class TemplateLoader {
 public:
  using OnLoaded = std::function<void(Result<Template>)>;

  // `on_loaded` is called once, from the loop; it may destroy the loader.
  TemplateLoader(Ring& ring, const DigestCache& digests, StoredTemplate stored, OnLoaded on_loaded);

 private:
  bool slice();
  Result<void> begin();
  Result<bool> load_some();
  Result<Template> finish();
  bool end(Result<Template> result);

  const DigestCache& digests_;
  StoredTemplate stored_;
  OnLoaded on_loaded_;
  Fd memory_;
  std::optional<Mapping> mapping_;
  std::optional<Sha256> hash_;  // if what is read must be hashed
  FileState unread_;            // then: its state before
  ExtentWalk walk_;
  SlicedWork work_;
};

// Writes a fresh template to the store, then seals it. One that cannot be stored (a full disk)
// can still be used: that is told by `unstored`.
class TemplateSaver {
 public:
  struct Saved {
    Template result;
    std::optional<Error> unstored;
  };
  using OnSaved = std::function<void(Result<Saved>)>;

  TemplateSaver(Ring& ring, const TemplateStore& store, RawTemplate raw, std::string key,
                std::string description, OnSaved on_saved);

 private:
  bool slice();
  Result<void> begin();
  Result<bool> save_some();
  Result<void> commit();
  Result<Template> seal_all();
  bool end(std::optional<Error> unstored);

  const TemplateStore& store_;
  RawTemplate raw_;
  StoredTemplate stored_;
  std::string description_;
  OnSaved on_saved_;
  std::string directory_;  // in the store; empty until begun
  std::optional<Mapping> mapping_;
  Sha256 hash_;
  ExtentWalk walk_;
  SlicedWork work_;
};

}  // namespace mayfly
