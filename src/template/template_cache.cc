// SPDX-License-Identifier: Apache-2.0
#include "template/template_cache.h"

#include "template/lock_wait.h"
#include "template/template_builder.h"
#include "template/template_transfer.h"

namespace mayfly {
namespace {

// Templates that are kept on disk; the one that was not used for longest makes room.
constexpr std::size_t kMostStored = 32;

std::string describe_machine(const MachineParts& parts, const MachineShape& shape) {
  return "image " + (parts.image ? parts.image->name : "none") + ", " + std::to_string(shape.memory_mib) +
         " MiB, " + std::to_string(shape.vcpus) + " vCPU, " + std::string(to_string(parts.vmm.accelerator)) +
         (shape.language.empty() ? "" : ", for " + shape.language);
}

}  // namespace

// One template on its way into memory: from the store, or under the lock from a machine.
class TemplateCache::Acquisition {
 public:
  Acquisition(TemplateCache& cache, const MachineParts& parts, const MachineShape& shape, std::string key)
      : cache_(cache), parts_(parts), shape_(shape), key_(std::move(key)), started_(monotonic_now()) {
    if (!load()) wait_for_lock();
  }

  void cancel() {
    if (builder_ && !saver_) return builder_->cancel();
    loader_.reset();
    lock_wait_.reset();
    saver_.reset();
    finish_later(Error("interrupted"));
  }

 private:
  // False if the store has none that can be used.
  bool load() {
    auto stored = cache_.store_.open(key_);
    if (!stored) return false;
    const Nanoseconds begun = monotonic_now();
    loader_ = std::make_unique<TemplateLoader>(
        cache_.ring_, cache_.digests_, *std::move(stored), [this, begun](Result<Template> result) {
          if (!result && !lock_) return wait_for_lock();
          if (!result) return build();
          timing_.load = monotonic_now() - begun;
          cache_.store_.note_use(key_);
          finish(std::move(result));
        });
    return true;
  }

  void wait_for_lock() {
    auto file = cache_.store_.lock_file(key_);
    if (!file) return finish_later(std::move(file).error());
    lock_wait_ = std::make_unique<LockWait>(cache_.ring_, *std::move(file), [this](Result<Fd> locked) {
      if (!locked) return finish(std::move(locked).error());
      lock_ = *std::move(locked);
      if (!load()) build();  // unless somebody built it while we waited
    });
  }

  void build() {
    timing_.built = true;
    builder_ = std::make_unique<TemplateBuilder>(cache_.ring_, parts_, shape_, [this](Result<RawTemplate> raw) {
      if (!raw) return finish_later(std::move(raw).error());
      saver_ = std::make_unique<TemplateSaver>(
          cache_.ring_, cache_.store_, *std::move(raw), key_, describe_machine(parts_, shape_),
          [this](Result<TemplateSaver::Saved> saved) {
            timing_.build = monotonic_now() - started_;
            prune();
            if (saved) return finish(std::move(saved->result));
            finish(std::move(saved).error());
          });
    });
  }

  void prune() {
    const auto stored = cache_.store_.list();
    for (std::size_t i = kMostStored; i < stored.size(); ++i) {
      // What cannot be removed is tried again after the next build.
      [[maybe_unused]] const auto removed = cache_.store_.remove(stored[i].key);
    }
  }

  void finish_later(Error error) {
    cache_.ring_.defer([this, error = std::move(error)] { finish(error); });
  }

  void finish(Result<Template> result) {
    if (std::exchange(finished_, true)) return;
    lock_.reset();
    cache_.acquired(key_, std::move(result), timing_);  // this destroys us
  }

  TemplateCache& cache_;
  const MachineParts& parts_;
  MachineShape shape_;
  std::string key_;
  Nanoseconds started_;
  TemplateTiming timing_;
  bool finished_ = false;
  Fd lock_;
  std::unique_ptr<LockWait> lock_wait_;
  std::unique_ptr<TemplateLoader> loader_;
  std::unique_ptr<TemplateBuilder> builder_;
  std::unique_ptr<TemplateSaver> saver_;
};

TemplateCache::TemplateCache(Ring& ring, const std::string& home, const DigestCache& digests,
                             std::int64_t most_bytes)
    : ring_(ring), store_(home), digests_(digests), most_bytes_(most_bytes) {}

TemplateCache::~TemplateCache() = default;

void TemplateCache::get(const MachineParts& parts, const MachineShape& shape, OnTemplate on_template) {
  const std::string& key = key_of(parts, shape);
  Entry& entry = entries_[key];
  entry.last_used = ++uses_;
  if (entry.loaded) {
    ring_.defer([loaded = entry.loaded, on_template = std::move(on_template)] { on_template(loaded); });
    return;
  }
  entry.waiting.push_back(std::move(on_template));
  if (!entry.acquisition) entry.acquisition = std::make_unique<Acquisition>(*this, parts, shape, key);
}

const std::string& TemplateCache::key_of(const MachineParts& parts, const MachineShape& shape) {
  std::string& key = keys_[{&parts, shape}];
  if (key.empty()) key = template_key(parts, shape);
  return key;
}

void TemplateCache::acquired(const std::string& key, Result<Template> result, const TemplateTiming& timing) {
  Entry& entry = entries_.at(key);
  timing_ = timing;
  // Not here: it is what has called us.
  ring_.defer([done = std::shared_ptr<Acquisition>(std::move(entry.acquisition))] {});
  const auto waiting = std::move(entry.waiting);
  entry.waiting.clear();
  if (result && !make_room(result->resident_bytes)) {
    result = Error("the templates in use take all the memory that they may");
  }
  Result<Shared> answer = result ? Result<Shared>(std::make_shared<const Template>(*std::move(result)))
                                 : Result<Shared>(std::move(result).error());
  if (answer) {
    entry.loaded = *answer;
  } else {
    entries_.erase(key);
  }
  for (const OnTemplate& on_template : waiting) on_template(answer);
}

// Lets go of templates that only the cache still holds, the longest unused first.
bool TemplateCache::make_room(std::int64_t bytes) {
  for (;;) {
    std::int64_t total = bytes;
    auto oldest = entries_.end();
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
      if (!it->second.loaded) continue;
      total += it->second.loaded->resident_bytes;
      if (it->second.loaded.use_count() > 1) continue;
      if (oldest == entries_.end() || it->second.last_used < oldest->second.last_used) oldest = it;
    }
    if (total <= most_bytes_) return true;
    if (oldest == entries_.end()) return false;
    entries_.erase(oldest);
  }
}

void TemplateCache::cancel() {
  for (auto& [key, entry] : entries_) {
    if (entry.acquisition) entry.acquisition->cancel();
  }
}

void TemplateCache::discard(const Template& bad) {
  // If it cannot be removed, the next process finds out as this one did.
  [[maybe_unused]] const auto removed = store_.remove(bad.key);
  entries_.erase(bad.key);
}

}  // namespace mayfly
