// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "template/template.h"
#include "template/template_key.h"
#include "template/template_store.h"

namespace mayfly {

// How much work it was to have a template.
struct TemplateTiming {
  bool built = false;
  Nanoseconds load = 0;   // disk → sealed memory
  Nanoseconds build = 0;  // boot, warm-up, snapshot, and on to the disk
};

// The templates of this process: loads them from the store, builds them where the store has
// none, and keeps them in memory up to a limit. Of several processes that miss the same
// template, one builds it, and the others wait for it.
class TemplateCache {
 public:
  using Shared = std::shared_ptr<const Template>;
  using OnTemplate = std::function<void(Result<Shared>)>;

  // `digests` must outlive the cache. `most_bytes` bounds the loaded templates all together;
  // one that nobody uses makes room.
  TemplateCache(Ring& ring, const std::string& home, const DigestCache& digests, std::int64_t most_bytes);
  ~TemplateCache();

  // `parts` must outlive the cache. `on_template` is called once, from the loop. An
  // error says why there is no template now: machines have to boot.
  void get(const MachineParts& parts, const MachineShape& shape, OnTemplate on_template);

  // No machine could be restored from it: it is removed, from the store, too.
  void discard(const Template& bad);

  // Gives up what is being loaded or built; whoever waits for it gets an error.
  void cancel();

  // Of the last template that was loaded or built.
  const std::optional<TemplateTiming>& timing() const { return timing_; }

 private:
  class Acquisition;
  struct Entry {
    Shared loaded;
    std::unique_ptr<Acquisition> acquisition;
    std::vector<OnTemplate> waiting;
    std::uint64_t last_used = 0;
  };

  const std::string& key_of(const MachineParts& parts, const MachineShape& shape);
  void acquired(const std::string& key, Result<Template> result, const TemplateTiming& timing);
  bool make_room(std::int64_t bytes);

  Ring& ring_;
  TemplateStore store_;
  const DigestCache& digests_;
  std::int64_t most_bytes_;
  std::map<std::string, Entry> entries_;
  std::map<std::pair<const MachineParts*, MachineShape>, std::string> keys_;  // they take time
  std::uint64_t uses_ = 0;
  std::optional<TemplateTiming> timing_;
};

}  // namespace mayfly
