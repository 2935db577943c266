// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cerrno>

#include "base/sha256.h"
#include "sys/files.h"
#include "template/template_transfer.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxSmallFile = 256 << 20;

// Device state and overlay, which are small enough to be read at once.
Result<Fd> load_small(const Artifact& artifact, const char* name) {
  auto content = read_file(artifact.path, kMaxSmallFile);
  if (!content) return std::move(content).error();
  if (sha256_of_text(*content) != artifact.sha256) return Error(artifact.path + " is damaged");
  return sealed_memory_file(name, *content);
}

Result<void> read_exactly(int fd, char* to, std::int64_t size, std::int64_t offset) {
  while (size > 0) {
    const ssize_t got = ::pread(fd, to, static_cast<std::size_t>(size), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::system("read", errno);
    if (got == 0) return Error("file is shorter than expected");
    to += got;
    size -= got;
    offset += got;
  }
  return {};
}

}  // namespace

TemplateLoader::TemplateLoader(Ring& ring, const DigestCache& digests, StoredTemplate stored,
                               OnLoaded on_loaded)
    : digests_(digests),
      stored_(std::move(stored)),
      on_loaded_(std::move(on_loaded)),
      work_(ring, [this] { return slice(); }) {}

bool TemplateLoader::slice() {
  if (!mapping_) {
    if (auto begun = begin(); !begun) return end(std::move(begun).error());
  }
  const auto more = load_some();
  if (!more) return end(Error(more.error()).context(stored_.memory.path));
  return *more || end(finish());
}

Result<void> TemplateLoader::begin() {
  auto memory = memory_file("mayfly-memory", stored_.memory_bytes);
  if (!memory) return std::move(memory).error();
  memory_ = *std::move(memory);
  auto mapping = Mapping::open(memory_.get(), stored_.memory_bytes, Mapping::Access::write);
  if (!mapping) return std::move(mapping).error();
  mapping_ = *std::move(mapping);
  if (digests_.remembers(stored_.memory.fd.get())) return {};
  auto state = FileState::of(stored_.memory.fd.get());
  if (!state) return std::move(state).error();
  unread_ = *std::move(state);
  hash_.emplace();
  return {};
}

// True while there is more.
Result<bool> TemplateLoader::load_some() {
  const auto piece = walk_.next(stored_.extents);
  if (!piece) return false;
  char* to = mapping_->at(piece->offset);
  if (auto read = read_exactly(stored_.memory.fd.get(), to, piece->size, piece->packed); !read) {
    return std::move(read).error();
  }
  if (hash_) hash_->add({to, static_cast<std::size_t>(piece->size)});
  return true;
}

Result<Template> TemplateLoader::finish() {
  mapping_.reset();  // it would stand in the way of the seal
  const int packed = stored_.memory.fd.get();
  const auto digest = hash_ ? Result<std::string>(hash_->finish()) : digests_.sha256(packed, stored_.memory.path);
  if (!digest || *digest != stored_.memory.sha256) return Error(stored_.memory.path + " is damaged");
  if (hash_) digests_.remember(packed, unread_, *digest);
  if (auto sealed = seal(memory_.get()); !sealed) return std::move(sealed).error();
  Template loaded;
  loaded.key = stored_.key;
  loaded.token = stored_.token;
  loaded.memory = std::move(memory_);
  auto state = load_small(stored_.state, "mayfly-state");
  if (!state) return std::move(state).error();
  loaded.state = *std::move(state);
  if (stored_.overlay.fd) {
    auto overlay = load_small(stored_.overlay, "mayfly-overlay");
    if (!overlay) return std::move(overlay).error();
    loaded.overlay = *std::move(overlay);
  }
  loaded.overlay_bytes = stored_.overlay.size_bytes;
  loaded.resident_bytes = stored_.memory.size_bytes + stored_.state.size_bytes + loaded.overlay_bytes;
  return loaded;
}

bool TemplateLoader::end(Result<Template> result) {
  const auto on_loaded = std::move(on_loaded_);
  on_loaded(std::move(result));  // this may destroy us
  return false;
}

}  // namespace mayfly
