// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/sha256.h"
#include "sys/files.h"
#include "template/template_transfer.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxSmallFile = 256 << 20;

// Holes shorter than this are stored as zeros: each run has its price, too.
constexpr std::int64_t kSmallestGap = 64 * 1024;

Result<std::string> whole_content(int fd) {
  return read_file("/proc/self/fd/" + std::to_string(fd), kMaxSmallFile);
}

Result<void> store_small(Artifact& artifact, int from, const std::string& path) {
  auto content = whole_content(from);
  if (!content) return std::move(content).error();
  artifact.path = path;
  artifact.sha256 = sha256_of_text(*content);
  artifact.size_bytes = static_cast<std::int64_t>(content->size());
  return replace_file(path, *content);
}

}  // namespace

TemplateSaver::TemplateSaver(Ring& ring, const TemplateStore& store, RawTemplate raw, std::string key,
                             std::string description, OnSaved on_saved)
    : store_(store),
      raw_(std::move(raw)),
      description_(std::move(description)),
      on_saved_(std::move(on_saved)),
      work_(ring, [this] { return slice(); }) {
  stored_.key = std::move(key);
}

bool TemplateSaver::slice() {
  if (directory_.empty()) {
    if (auto begun = begin(); !begun) return end(std::move(begun).error());
  }
  const auto more = save_some();
  if (!more) return end(more.error());
  if (*more) return true;
  auto committed = commit();
  return end(committed ? std::nullopt : std::optional(std::move(committed).error()));
}

Result<void> TemplateSaver::begin() {
  auto extents = data_extents(raw_.memory.get(), raw_.memory_bytes, kSmallestGap);
  if (!extents) return std::move(extents).error();
  stored_.extents = *std::move(extents);
  stored_.memory_bytes = raw_.memory_bytes;
  stored_.token = raw_.token;
  for (const Extent& extent : stored_.extents) stored_.memory.size_bytes += extent.length;
  auto mapping = Mapping::open(raw_.memory.get(), raw_.memory_bytes, Mapping::Access::read);
  if (!mapping) return std::move(mapping).error();
  mapping_ = *std::move(mapping);
  auto directory = store_.begin(stored_.key);
  if (!directory) return std::move(directory).error();
  directory_ = *std::move(directory);
  stored_.memory.path = directory_ + "/memory";
  auto file = open_file(stored_.memory.path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!file) return std::move(file).error();
  stored_.memory.fd = *std::move(file);
  return {};
}

// True while there is more.
Result<bool> TemplateSaver::save_some() {
  const auto piece = walk_.next(stored_.extents);
  if (!piece) return false;
  const std::string_view bytes(mapping_->at(piece->offset), static_cast<std::size_t>(piece->size));
  hash_.add(bytes);
  if (auto written = write_all(stored_.memory.fd.get(), bytes); !written) return std::move(written).error();
  return true;
}

Result<void> TemplateSaver::commit() {
  stored_.memory.sha256 = hash_.finish();
  stored_.memory.fd.reset();
  if (auto kept = store_small(stored_.state, raw_.state.get(), directory_ + "/state"); !kept) return kept;
  if (raw_.overlay) {
    auto kept = store_small(stored_.overlay, raw_.overlay.get(), directory_ + "/overlay");
    if (!kept) return kept;
  }
  return store_.commit(directory_, stored_, description_);
}

Result<Template> TemplateSaver::seal_all() {
  Template result;
  result.key = stored_.key;
  result.token = raw_.token;
  if (raw_.overlay) {  // on disk so far
    auto content = whole_content(raw_.overlay.get());
    if (!content) return std::move(content).error();
    auto overlay = sealed_memory_file("mayfly-overlay", *content);
    if (!overlay) return std::move(overlay).error();
    result.overlay = *std::move(overlay);
    result.overlay_bytes = static_cast<std::int64_t>(content->size());
  }
  for (const Fd* fd : {&raw_.memory, &raw_.state}) {
    if (auto sealed = seal(fd->get()); !sealed) return std::move(sealed).error();
  }
  result.memory = std::move(raw_.memory);
  result.state = std::move(raw_.state);
  for (const Extent& extent : stored_.extents) result.resident_bytes += extent.length;
  result.resident_bytes += stored_.state.size_bytes + result.overlay_bytes;
  return result;
}

bool TemplateSaver::end(std::optional<Error> unstored) {
  mapping_.reset();  // it would stand in the way of the seal
  if (unstored && !directory_.empty()) store_.abandon(directory_);
  auto sealed = seal_all();
  const auto on_saved = std::move(on_saved_);
  if (sealed) {
    on_saved(Saved{*std::move(sealed), std::move(unstored)});  // this may destroy us
  } else {
    on_saved(std::move(sealed).error());
  }
  return false;
}

}  // namespace mayfly
