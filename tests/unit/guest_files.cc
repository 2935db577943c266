// SPDX-License-Identifier: Apache-2.0
#include "guest/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "helpers.h"

namespace mayfly::test {
namespace {

using namespace guest;

PutRequest put(const std::string& path, const std::string& data, std::int64_t offset = 0) {
  PutRequest request;
  request.path = path;
  request.offset = offset;
  request.data = data;
  return request;
}

DataReply get(const std::string& path, std::int64_t offset, std::int64_t max_bytes) {
  auto reply = get_file({path, "", offset, max_bytes});
  REQUIRE(reply.ok());
  return *reply;
}

TEST_CASE("a file goes in and out in chunks") {
  const TempDirectory directory;
  const std::string path = directory / "deep/er/file";
  REQUIRE(put_file(put(path, "hello ")));
  REQUIRE(put_file(put(path, "world", 6)));
  const DataReply first = get(path, 0, 6);
  CHECK(first.data == "hello ");
  CHECK_FALSE(first.eof);
  const DataReply second = get(path, 6, 100);
  CHECK(second.data == "world");
  CHECK(second.eof);
  CHECK(get(path, 100, 10).eof);
}

TEST_CASE("offset 0 starts the file anew, with the mode asked for") {
  const TempDirectory directory;
  const std::string path = directory.write("file", "something longer");
  PutRequest request = put(path, "x");
  request.mode = 0700;
  REQUIRE(put_file(request));
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK(status.st_size == 1);
  CHECK((status.st_mode & 07777) == 0700);
}

TEST_CASE("relative paths start at cwd, which is made") {
  const TempDirectory directory;
  PutRequest request = put("sub/file", "x");
  request.cwd = directory / "work";
  REQUIRE(put_file(request));
  CHECK(get(directory / "work/sub/file", 0, 10).data == "x");
  CHECK(get_file({"sub/file", directory / "work", 0, 10})->data == "x");
}

TEST_CASE("a missing file is told apart from other failures") {
  const TempDirectory directory;
  directory.write("file", "");
  CHECK(get_file({directory / "missing", "", 0, 10}).error().code() == ENOENT);
  CHECK(get_file({directory / "file/below", "", 0, 10}).error().code() == ENOTDIR);
  CHECK(put_file(put(directory / "file", "x", -5)).error().code() == EINVAL);
}

TEST_CASE("what is not a regular file is refused at once") {
  const TempDirectory directory;
  const std::string fifo = directory / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  REQUIRE(::symlink("/dev/zero", (directory / "zero").c_str()) == 0);
  for (const std::string& path : {fifo, directory / "zero", directory.path()}) {
    CAPTURE(path);
    CHECK(contains(message_of(get_file({path, "", 0, 10})), "not a regular file"));
    CHECK_FALSE(put_file(put(path, "x")).ok());
  }
}

TEST_CASE("a file with more than is wanted is refused before it is read") {
  const TempDirectory directory;
  const std::string path = directory.write("file", "");
  REQUIRE(::truncate(path.c_str(), 1000) == 0);
  CHECK(get_file({path, "", 0, 10, 1000}).ok());
  CHECK(get_file({path, "", 1, 10, 999}).ok());
  CHECK(get_file({path, "", 0, 10, 999}).error().code() == EFBIG);
}

TEST_CASE("what a program left may not lead where it could not go itself") {
  const TempDirectory directory;
  directory.write("file", "x");
  REQUIRE(::symlink("file", (directory / "near").c_str()) == 0);
  REQUIRE(::symlink("/proc/self/maps", (directory / "far").c_str()) == 0);
  const auto confined = [&](const std::string& path) { return get_file({path, directory.path(), 0, 10, 0, true}); };
  if (::geteuid() == 0) ::chmod(directory.path().c_str(), 0755);
  CHECK(confined("near")->data == "x");
  CHECK(confined("far").error().code() == EXDEV);
  if (::geteuid() != 0) return;  // then there are no rights to be given up
  ::chmod((directory / "file").c_str(), 0600);
  CHECK(confined("near").error().code() == EACCES);
  CHECK(get_file({"near", directory.path(), 0, 10})->data == "x");
}

}  // namespace
}  // namespace mayfly::test
