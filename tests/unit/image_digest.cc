// SPDX-License-Identifier: Apache-2.0
#include "image/digest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "helpers.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

// Digests of FIPS 180-4's and NIST's examples.
constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kMillionA = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

Fd open_read(const std::string& path) {
  auto fd = open_file(path, O_RDONLY);
  REQUIRE(fd);
  return *std::move(fd);
}

TEST_CASE("SHA-256: known answers") {
  const TempDirectory directory;
  CHECK(*sha256_of_file(open_read(directory.write("0", "")).get()) == kEmpty);
  CHECK(*sha256_of_file(open_read(directory.write("1", "abc")).get()) == kAbc);
  CHECK(*sha256_of_file(open_read(directory.write("2", std::string(1'000'000, 'a'))).get()) == kMillionA);
}

TEST_CASE("SHA-256: the file position does not matter, a bad descriptor is an error") {
  const TempDirectory directory;
  const Fd fd = open_read(directory.write("f", "abc"));
  ::lseek(fd.get(), 2, SEEK_SET);
  CHECK(*sha256_of_file(fd.get()) == kAbc);
  CHECK_FALSE(sha256_of_file(-1));
}

TEST_CASE("SHA-256: bytes that come piece by piece") {
  Sha256 whole, pieces, none;
  whole.add("abc");
  pieces.add("a");
  pieces.add("");
  pieces.add("bc");
  CHECK(whole.finish() == kAbc);
  Sha256 moved = std::move(pieces);
  CHECK(moved.finish() == kAbc);
  CHECK(none.finish() == kEmpty);
  CHECK(sha256_of_text("abc") == kAbc);
  CHECK(sha256_of_text("") == kEmpty);
}

TEST_CASE("a digest that was computed elsewhere can be remembered, and forgotten") {
  const TempDirectory home;
  const DigestCache cache(home.path());
  const std::string path = home.write("f", "abc");
  const Fd fd = open_read(path);
  cache.remember(fd.get(), kAbc);
  CHECK(cache.remembers(fd.get()));
  CHECK(*cache.sha256(fd.get(), path) == kAbc);
  home.write("f", "abd");
  CHECK_FALSE(cache.remembers(fd.get()));
  cache.remember(fd.get(), kAbc);
  cache.forget(fd.get());
  CHECK_FALSE(cache.remembers(fd.get()));
  CHECK(*cache.sha256(fd.get(), path) != kAbc);
  cache.remember(-1, kAbc);  // no file, no harm
  cache.forget(-1);
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
