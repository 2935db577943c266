// SPDX-License-Identifier: Apache-2.0
#include "image/digest.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "helpers.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

// Digests of FIPS 180-4's and NIST's examples.
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

Fd open_read(const std::string& path) {
  auto fd = open_file(path, O_RDONLY);
  REQUIRE(fd);
  return *std::move(fd);
}

TEST_CASE("a digest that was computed elsewhere can be remembered, and forgotten") {
  const TempDirectory home;
  const DigestCache cache(home.path());
  const std::string path = home.write("f", "abc");
  const Fd fd = open_read(path);
  cache.remember(fd.get(), *FileState::of(fd.get()), kAbc);
  CHECK(cache.remembers(fd.get()));
  CHECK(*cache.sha256(fd.get(), path) == kAbc);
  home.write("f", "abcd");
  CHECK_FALSE(cache.remembers(fd.get()));
  const FileState now = *FileState::of(fd.get());
  cache.remember(fd.get(), now, kAbc);
  cache.forget(fd.get());
  CHECK_FALSE(cache.remembers(fd.get()));
  CHECK(*cache.sha256(fd.get(), path) != kAbc);
  cache.remember(-1, now, kAbc);  // no file, no harm
  cache.forget(-1);
}

TEST_CASE("a digest is not remembered for a file that has changed since it was read") {
  const TempDirectory home;
  const DigestCache cache(home.path());
  const Fd fd = open_read(home.write("f", "abc"));
  const FileState before = *FileState::of(fd.get());
  home.write("f", "abcd");
  cache.remember(fd.get(), before, kAbc);
  CHECK_FALSE(cache.remembers(fd.get()));
}

// A page of the file that can be written, with no descriptor beside it.
struct DirtyPage {
  explicit DirtyPage(const std::string& path) {
    const auto fd = open_file(path, O_RDWR);
    REQUIRE(fd);
    memory = static_cast<char*>(::mmap(nullptr, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd->get(), 0));
    REQUIRE(memory != MAP_FAILED);
    memory[0] = memory[0];
  }
  ~DirtyPage() { ::munmap(memory, 1); }
  char* memory;
};

TEST_CASE("a file that somebody can write this very moment has no digest, remembered or not") {
  const TempDirectory home;
  const DigestCache cache(home.path());
  const std::string path = home.write("f", "abc");
  const Fd fd = open_read(path);
  for (const bool remembered : {false, true}) {
    CAPTURE(remembered);
    CHECK(cache.remembers(fd.get()) == remembered);
    {
      const auto writer = open_file(path, O_WRONLY);
      CHECK(contains(message_of(cache.sha256(fd.get(), path)), path + " is open for writing"));
    }
    {
      const DirtyPage page(path);
      CHECK(contains(message_of(cache.sha256(fd.get(), path)), path + " is open for writing"));
      cache.remember(fd.get(), *FileState::of(fd.get()), kAbc);
      CHECK(cache.remembers(fd.get()) == remembered);
    }
    CHECK(*cache.sha256(fd.get(), path) == kAbc);
    CHECK(*cache.sha256(open_read(path).get(), path) == kAbc);  // readers do no harm
  }
}

TEST_CASE("a stamp that others could have written is not used") {
  const TempDirectory home;
  const DigestCache cache(home.path());
  const std::string path = home.write("f", "abc");
  const Fd fd = open_read(path);
  REQUIRE(cache.sha256(fd.get(), path));
  REQUIRE(cache.remembers(fd.get()));
  const std::string directory = home / "cache/digests";
  SUBCASE("a stamp") {
    for (const auto& stamp : std::filesystem::directory_iterator(directory)) {
      std::filesystem::permissions(stamp.path(), std::filesystem::perms::others_write, std::filesystem::perm_options::add);
    }
  }
  SUBCASE("their directory") { std::filesystem::permissions(directory, std::filesystem::perms::all); }
  CHECK_FALSE(cache.remembers(fd.get()));
  CHECK(*cache.sha256(fd.get(), path) == kAbc);
}

TEST_CASE("a digest is remembered by the state of the file") {
  const TempDirectory home;
  const DigestCache cache(home.path());
  const std::string path = home.write("f", "abc");
  const Fd fd = open_read(path);
  CHECK_FALSE(cache.remembers(fd.get()));
  CHECK(*cache.sha256(fd.get(), path) == kAbc);
  CHECK(cache.remembers(fd.get()));
  CHECK(DigestCache(home.path()).remembers(fd.get()));  // in the next process too
  CHECK(*cache.sha256(fd.get(), path) == kAbc);
}

TEST_CASE("a change to the file makes the cache forget it") {
  const TempDirectory home;
  const DigestCache cache(home.path());
  const std::string path = home.write("f", "abc");
  const Fd fd = open_read(path);
  REQUIRE(cache.sha256(fd.get(), path));
  SUBCASE("its size") {
    home.write("f", "abcd");
    CHECK(*cache.sha256(fd.get(), path) != kAbc);
  }
  SUBCASE("its times") {
    const timespec times[2] = {{1, 0}, {1, 0}};
    REQUIRE(::futimens(fd.get(), times) == 0);
    CHECK_FALSE(cache.remembers(fd.get()));
  }
}

TEST_CASE("a file of another inode is another file") {
  const TempDirectory home;
  const DigestCache cache(home.path());
  const std::string path = home.write("f", "abc");
  REQUIRE(cache.sha256(open_read(path).get(), path));
  const Fd other = open_read(home.write("g", "abc"));
  CHECK_FALSE(cache.remembers(other.get()));
}

TEST_CASE("a damaged stamp is no answer") {
  const TempDirectory home;
  const DigestCache cache(home.path());
  const std::string path = home.write("f", "abc");
  const Fd fd = open_read(path);
  REQUIRE(cache.sha256(fd.get(), path));
  for (const auto& stamp : std::filesystem::directory_iterator(home / "cache/digests")) {
    std::filesystem::resize_file(stamp.path(), std::filesystem::file_size(stamp.path()) - 1);
  }
  CHECK_FALSE(cache.remembers(fd.get()));
  CHECK(*cache.sha256(fd.get(), path) == kAbc);
}

TEST_CASE("a cache that cannot be written costs only time") {
  const TempDirectory home;
  home.write("cache", "a file is in the way");
  const DigestCache cache(home.path());
  const std::string path = home.write("f", "abc");
  const Fd fd = open_read(path);
  CHECK(*cache.sha256(fd.get(), path) == kAbc);
  CHECK_FALSE(cache.remembers(fd.get()));
}

TEST_CASE("an error names the path") {
  const TempDirectory home;
  const DigestCache cache(home.path());
  CHECK(contains(message_of(cache.sha256(-1, "/images/x")), "/images/x: "));
}

}  // namespace
}  // namespace mayfly::test
