// SPDX-License-Identifier: Apache-2.0
// Templates to disk and back.
#include "template/template_transfer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "sys/files.h"
#include "template_bench.h"

namespace mayfly::test {
namespace {

// Neither contents nor size of a template can be changed, by nobody.
void check_sealed(const Template& t) {
  for (const Fd* fd : {&t.memory, &t.state, &t.overlay}) {
    CHECK(::pwrite(fd->get(), "x", 1, 0) == -1);
    CHECK(errno == EPERM);
    CHECK(::ftruncate(fd->get(), 0) == -1);
    CHECK(errno == EPERM);
  }
}

// Adds one to the byte, in place.
void flip(const std::string& path, off_t offset) {
  const auto fd = open_file(path, O_RDWR);
  REQUIRE(fd);
  char byte = 0;
  REQUIRE(::pread(fd->get(), &byte, 1, offset) == 1);
  ++byte;
  REQUIRE(::pwrite(fd->get(), &byte, 1, offset) == 1);
}

TEST_CASE("what was saved can be loaded: memory, state, disk and token") {
  const FilledStore filled;
  const auto loaded = filled.restored();
  REQUIRE_MESSAGE(loaded.ok(), loaded.error().message());
  CHECK(loaded->key == kKey);
  CHECK(loaded->token == std::string(64, 't'));
  CHECK((content_of(loaded->memory.get()) == filled.memory));
  CHECK(content_of(loaded->state.get()) == "device state");
  CHECK(content_of(loaded->overlay.get()) == "what the disk differs in");
  CHECK(loaded->overlay_bytes == 24);
  CHECK(loaded->snapshot().overlay_bytes == 24);
  CHECK(loaded->snapshot().memory_fd == loaded->memory.get());
  check_sealed(*loaded);
}

TEST_CASE("what was saved can be used at once, and is sealed") {
  const TempDirectory home;
  const auto ring = open_ring();
  RawTemplate raw = raw_template();
  const std::string memory = content_of(raw.memory.get());
  const auto saved = save(*ring, TemplateStore(home.path()), std::move(raw));
  REQUIRE(saved);
  const Template& t = saved->result;
  CHECK((content_of(t.memory.get()) == memory));
  CHECK(content_of(t.state.get()) == "device state");
  CHECK(content_of(t.overlay.get()) == "what the disk differs in");
  CHECK(t.token == std::string(64, 't'));
  check_sealed(t);
}

TEST_CASE("only data is kept, on disk and in memory") {
  const FilledStore filled;
  const auto stored = filled.store.open(kKey);
  REQUIRE(stored);
  CHECK(stored->extents.size() == 3);
  CHECK(stored->memory.size_bytes < 3 << 20);
  const auto loaded = filled.restored();
  REQUIRE(loaded);
  CHECK(loaded->resident_bytes < 3 << 20);
  CHECK(loaded->resident_bytes == save(*filled.ring, filled.store, raw_template())->result.resident_bytes);
  struct stat s {};
  REQUIRE(::fstat(loaded->memory.get(), &s) == 0);
  CHECK(s.st_size == kGuestBytes);
  CHECK(s.st_blocks * 512 < 3 << 20);
}

TEST_CASE("a template without a disk") {
  const TempDirectory home;
  const auto ring = open_ring();
  const TemplateStore store(home.path());
  RawTemplate raw = raw_template();
  raw.overlay.reset();
  REQUIRE(save(*ring, store, std::move(raw)));
  auto stored = store.open(kKey);
  REQUIRE(stored);
  const auto loaded = load(*ring, DigestCache(home.path()), *std::move(stored));
  REQUIRE(loaded);
  CHECK_FALSE(loaded->overlay);
  CHECK(loaded->snapshot().overlay_fd == -1);
}

TEST_CASE("one changed byte is found, wherever it is") {
  for (const std::string name : {"memory", "state", "overlay"}) {
    const FilledStore filled;
    const auto size = static_cast<off_t>(std::filesystem::file_size(filled.file(name)));
    for (const off_t offset : {off_t{0}, size / 2, size - 1}) {
      CAPTURE(name);
      CAPTURE(offset);
      REQUIRE(filled.restored());  // and now its digest is remembered
      flip(filled.file(name), offset);
      CHECK(contains(message_of(filled.restored()), "/" + name + " is damaged"));
      for (int i = 0; i < 255; ++i) flip(filled.file(name), offset);  // as it was
    }
    CHECK(filled.restored().ok());
  }
}

TEST_CASE("memory that was hashed once is not hashed again, and one that was not is") {
  const FilledStore filled;
  const auto stored = filled.store.open(kKey);
  REQUIRE(stored);
  CHECK_FALSE(filled.digests.remembers(stored->memory.fd.get()));
  REQUIRE(filled.restored());
  CHECK(filled.digests.remembers(stored->memory.fd.get()));
}

TEST_CASE("a template that cannot be stored can be used all the same") {
  const TempDirectory home;
  home.write("templates", "a file is in the way");
  const auto ring = open_ring();
  const auto saved = save(*ring, TemplateStore(home.path()), raw_template());
  REQUIRE(saved);
  REQUIRE(saved->unstored.has_value());
  CHECK(contains(saved->unstored->message(), "templates"));
  CHECK(content_of(saved->result.state.get()) == "device state");
  CHECK(content_of(saved->result.overlay.get()) == "what the disk differs in");
  check_sealed(saved->result);
}

TEST_CASE("memory that somebody still writes to cannot be sealed, and is no template") {
  const TempDirectory home;
  const auto ring = open_ring();
  RawTemplate raw = raw_template();
  const auto writer = Mapping::open(raw.memory.get(), kGuestBytes, Mapping::Access::write);
  REQUIRE(writer);
  CHECK(save(*ring, TemplateStore(home.path()), std::move(raw)).error().code() == EBUSY);
}

TEST_CASE("the loop goes on while a template is saved and loaded") {
  const FilledStore filled;
  auto stored = filled.store.open(kKey);
  REQUIRE(stored);
  int turns = 0;
  std::function<void()> turn = [&] {
    ++turns;
    filled.ring->defer(turn);
  };
  filled.ring->defer(turn);
  REQUIRE(load(*filled.ring, filled.digests, *std::move(stored)));
  CHECK(turns > 3);
  turns = 0;
  REQUIRE(save(*filled.ring, filled.store, raw_template()));
  CHECK(turns > 3);
}

TEST_CASE("a loader or saver that is destroyed calls nobody") {
  const FilledStore filled;
  auto stored = filled.store.open(kKey);
  REQUIRE(stored);
  bool called = false;
  {
    const TemplateLoader loader(*filled.ring, filled.digests, *std::move(stored), [&](auto) { called = true; });
    const TemplateSaver saver(*filled.ring, filled.store, raw_template(), kKey, "", [&](auto) { called = true; });
  }
  filled.ring->defer([&] { filled.ring->stop(); });
  REQUIRE(filled.ring->run());
  CHECK_FALSE(called);
}

}  // namespace
}  // namespace mayfly::test
