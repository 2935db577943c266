// SPDX-License-Identifier: Apache-2.0
#include "template_bench.h"

#include <unistd.h>

#include <optional>

#include "sys/files.h"

namespace mayfly::test {
namespace {

Fd file_with(const char* name, std::string_view content) {
  auto fd = memory_file(name, 0);
  REQUIRE(fd);
  write_bytes_to(fd->get(), content);
  return *std::move(fd);
}

void put(int fd, std::int64_t offset, std::size_t size, char seed) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(seed + static_cast<char>(i % 97));
  REQUIRE(::pwrite(fd, bytes.data(), size, offset) == static_cast<ssize_t>(size));
}

}  // namespace

RawTemplate raw_template() {
  RawTemplate raw;
  raw.memory_bytes = kGuestBytes;
  raw.memory = *memory_file("memory", kGuestBytes);
  put(raw.memory.get(), 0, 5, 'a');
  put(raw.memory.get(), 3 << 20, (2 << 20) + 12345, 'b');
  put(raw.memory.get(), kGuestBytes - 1, 1, 'c');
  raw.state = file_with("state", "device state");
  raw.overlay = file_with("overlay", "what the disk differs in");
  raw.token = std::string(64, 't');
  return raw;
}

std::string content_of(int fd) {
  auto content = read_file("/proc/self/fd/" + std::to_string(fd), 64 << 20);
  REQUIRE(content);
  return *std::move(content);
}

Result<TemplateSaver::Saved> save(Ring& ring, const TemplateStore& store, RawTemplate raw, const std::string& key) {
  std::optional<Result<TemplateSaver::Saved>> answer;
  const TemplateSaver saver(ring, store, std::move(raw), key, "a guest", [&](Result<TemplateSaver::Saved> saved) {
    answer.emplace(std::move(saved));
    ring.stop();
  });
  REQUIRE(ring.run());
  REQUIRE(answer.has_value());
  return *std::move(answer);
}

Result<Template> load(Ring& ring, const DigestCache& digests, StoredTemplate stored) {
  std::optional<Result<Template>> answer;
  const TemplateLoader loader(ring, digests, std::move(stored), [&](Result<Template> loaded) {
    answer.emplace(std::move(loaded));
    ring.stop();
  });
  REQUIRE(ring.run());
  REQUIRE(answer.has_value());
  return *std::move(answer);
}

FilledStore::FilledStore() {
  RawTemplate raw = raw_template();
  memory = content_of(raw.memory.get());
  const auto saved = save(*ring, store, std::move(raw));
  REQUIRE(saved);
  REQUIRE_FALSE(saved->unstored.has_value());
}

Result<Template> FilledStore::restored() const {
  auto stored = store.open(kKey);
  if (!stored) return std::move(stored).error();
  return load(*ring, digests, *std::move(stored));
}

}  // namespace mayfly::test
