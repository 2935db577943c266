// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "helpers.h"
#include "template/template_store.h"
#include "template/template_transfer.h"

namespace mayfly::test {

inline const std::string kKey(32, 'a');
inline constexpr std::int64_t kGuestBytes = 8 << 20;

// A guest that was stopped: memory with data at its begin, across its middle and at its end,
// three extents of more than one slice together, and a disk.
RawTemplate raw_template();

// All that can be read from a file.
std::string content_of(int fd);

// Each runs the ring until it is done.
Result<TemplateSaver::Saved> save(Ring& ring, const TemplateStore& store, RawTemplate raw,
                                  const std::string& key = kKey);
Result<Template> load(Ring& ring, const DigestCache& digests, StoredTemplate stored);

// A store with the template above in it.
struct FilledStore {
  FilledStore();

  std::string file(const std::string& name) const { return home / ("templates/" + kKey + "/" + name); }
  // Opens and loads; the error of whichever fails.
  Result<Template> restored() const;

  TempDirectory home;
  std::unique_ptr<Ring> ring = open_ring();
  DigestCache digests{home.path()};
  TemplateStore store{home.path()};
  std::string memory;  // what it was
};

}  // namespace mayfly::test
