// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <fcntl.h>
#include <unistd.h>

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

}  // namespace
}  // namespace mayfly::test
