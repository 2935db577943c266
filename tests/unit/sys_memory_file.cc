// SPDX-License-Identifier: Apache-2.0
#include "sys/memory_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "helpers.h"

namespace mayfly::test {
namespace {

constexpr std::int64_t kPage = 4096;

Fd file_of_pages(std::int64_t pages, std::initializer_list<std::int64_t> written) {
  auto fd = memory_file("pages", pages * kPage);
  REQUIRE(fd);
  const std::string page(kPage, 'x');
  for (const std::int64_t number : written) {
    REQUIRE(::pwrite(fd->get(), page.data(), page.size(), number * kPage) == kPage);
  }
  return *std::move(fd);
}

std::vector<Extent> extents_of(const Fd& fd, std::int64_t pages, std::int64_t smallest_gap) {
  const auto extents = data_extents(fd.get(), pages * kPage, smallest_gap);
  REQUIRE(extents);
  return *extents;
}

TEST_CASE("a fresh memory file has its size and no data") {
  const Fd fd = file_of_pages(100, {});
  struct stat s {};
  REQUIRE(::fstat(fd.get(), &s) == 0);
  CHECK(s.st_size == 100 * kPage);
  CHECK(extents_of(fd, 100, 1).empty());
}

TEST_CASE("extents are where the data is, in order") {
  const Fd fd = file_of_pages(20, {3, 4, 9, 19});
  CHECK(extents_of(fd, 20, 1) ==
        std::vector<Extent>{{3 * kPage, 2 * kPage}, {9 * kPage, kPage}, {19 * kPage, kPage}});
}

TEST_CASE("runs that are close together are told as one") {
  const Fd fd = file_of_pages(20, {0, 2, 9});
  CHECK(extents_of(fd, 20, 2 * kPage) == std::vector<Extent>{{0, 3 * kPage}, {9 * kPage, kPage}});
  CHECK(extents_of(fd, 20, kPage) ==
        std::vector<Extent>{{0, kPage}, {2 * kPage, kPage}, {9 * kPage, kPage}});  // not less than
  CHECK(extents_of(fd, 20, 100 * kPage) == std::vector<Extent>{{0, 10 * kPage}});
}

TEST_CASE("a file that is all data is one extent, and an empty one has none") {
  const Fd fd = file_of_pages(4, {0, 1, 2, 3});
  CHECK(extents_of(fd, 4, 1) == std::vector<Extent>{{0, 4 * kPage}});
  CHECK(extents_of(file_of_pages(0, {}), 0, 1).empty());
}

TEST_CASE("the extents of no file are an error") { CHECK_FALSE(data_extents(-1, kPage, 1)); }

TEST_CASE("a mapping shows the file, and what is written to it is the file's") {
  const Fd fd = file_of_pages(2, {1});
  auto writable = Mapping::open(fd.get(), 2 * kPage, Mapping::Access::write);
  const auto readable = Mapping::open(fd.get(), 2 * kPage, Mapping::Access::read);
  REQUIRE(writable);
  REQUIRE(readable);
  CHECK(*readable->at(kPage) == 'x');
  *writable->at(5) = 'y';
  CHECK(*readable->at(5) == 'y');
  const Mapping moved = *std::move(writable);
  *moved.at(6) = 'z';
  CHECK(*readable->at(6) == 'z');
  CHECK_FALSE(Mapping::open(-1, kPage, Mapping::Access::read));
}

TEST_CASE("a file that is mapped for writing cannot be sealed, and afterwards it can") {
  const Fd fd = file_of_pages(1, {});
  {
    const auto mapping = Mapping::open(fd.get(), kPage, Mapping::Access::write);
    REQUIRE(mapping);
    CHECK(seal(fd.get()).error().code() == EBUSY);
  }
  REQUIRE(seal(fd.get()));
  CHECK(::pwrite(fd.get(), "x", 1, 0) == -1);
  CHECK(errno == EPERM);
  CHECK_FALSE(Mapping::open(fd.get(), kPage, Mapping::Access::write));
  CHECK(Mapping::open(fd.get(), kPage, Mapping::Access::read));
}

}  // namespace
}  // namespace mayfly::test
