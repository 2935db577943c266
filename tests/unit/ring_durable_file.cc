// SPDX-License-Identifier: Apache-2.0
#include "ring/durable_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <vector>

#include "helpers.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

std::shared_ptr<const Fd> shared(Result<Fd> fd) {
  REQUIRE(fd.ok());
  return std::make_shared<const Fd>(*std::move(fd));
}

TEST_CASE("pieces get to the file in order, and each is told of when it is there") {
  const TempDirectory directory;
  const auto ring = open_ring();
  DurableFile file(*ring, shared(open_file(directory / "f", O_WRONLY | O_CREAT)));
  std::vector<std::string> seen;
  const auto look = [&](int error) {
    CHECK(error == 0);
    seen.push_back(*read_file(directory / "f", 1 << 20));
    if (seen.size() == 3) ring->stop();
  };
  for (const char* piece : {"one,", "two,", "three"}) file.append(piece, look);
  CHECK(file.queued() == 13);
  CHECK(seen.empty());  // nobody is called from inside
  REQUIRE(ring->run());
  CHECK(seen == std::vector<std::string>{"one,", "one,two,three", "one,two,three"});
  CHECK(file.queued() == 0);
}

TEST_CASE("who is told may append") {
  const TempDirectory directory;
  const auto ring = open_ring();
  DurableFile file(*ring, shared(open_file(directory / "f", O_WRONLY | O_CREAT)));
  file.append("a", [&](int) { file.append("b", [&](int) { ring->stop(); }); });
  REQUIRE(ring->run());
  CHECK(*read_file(directory / "f", 10) == "ab");
}

TEST_CASE("an error is told to all that wait and to all that come") {
  const auto ring = open_ring();
  DurableFile file(*ring, shared(open_file("/dev/full", O_WRONLY)));
  std::vector<int> errors;
  const auto note = [&](int error) {
    errors.push_back(error);
    if (errors.size() == 3) ring->stop();
  };
  file.append("a", note);
  file.append("b", [&](int error) {
    note(error);
    file.append("c", note);
  });
  REQUIRE(ring->run());
  CHECK(errors == std::vector<int>{ENOSPC, ENOSPC, ENOSPC});
}

TEST_CASE("a sync that fails is an error, too") {
  auto [reader, writer] = pipe_ends();  // takes bytes, and has no disk
  const auto ring = open_ring();
  DurableFile file(*ring, std::make_shared<const Fd>(std::move(writer)));
  int error = 0;
  file.append("x", [&](int status) {
    error = status;
    ring->stop();
  });
  REQUIRE(ring->run());
  CHECK(error == EINVAL);
}

TEST_CASE("it may be destroyed while it works, and by whom it tells") {
  const TempDirectory directory;
  const auto ring = open_ring();
  const auto fd = shared(open_file(directory / "f", O_WRONLY | O_CREAT));
  std::optional<DurableFile> file;
  file.emplace(*ring, fd);
  file->append("a", [](int) { FAIL("told after its end"); });
  file.emplace(*ring, fd);
  file->append("b", [&](int) {
    file.reset();
    ring->stop();
  });
  REQUIRE(ring->run());
}

}  // namespace
}  // namespace mayfly::test
