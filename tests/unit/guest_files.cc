// SPDX-License-Identifier: Apache-2.0
#include "guest/file_requests.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "guest/scratch.h"
#include "helpers.h"

namespace mayfly::test {
namespace {

using namespace guest;
namespace fs = std::filesystem;

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

TEST_CASE("what is put is where its path says, whatever links an earlier program laid") {
  const TempDirectory directory;
  fs::create_directories(directory / "work/sub");
  directory.write("outside", "mine");
  fs::create_symlink("..", directory / "work/up");
  fs::create_symlink(directory / "outside", directory / "work/absolute");
  fs::create_symlink("../outside", directory / "work/relative");
  fs::create_symlink("../gone", directory / "work/dangling");
  const auto into_work = [&](const std::string& path) {
    PutRequest request = put(path, "theirs");
    request.cwd = directory / "work";
    return put_file(request);
  };
  for (const char* path : {"up/outside", "up/new", "up/new/file", "absolute", "relative", "dangling", "dangling/file"}) {
    CAPTURE(path);
    CHECK(into_work(path).error().code() == ELOOP);
  }
  for (const char* path : {"../outside", "sub/../../outside", "../new/file", "new/../../new"}) {
    CAPTURE(path);
    CHECK(into_work(path).error().code() == EXDEV);
  }
  CHECK(get(directory / "outside", 0, 10).data == "mine");
  CHECK_FALSE(fs::exists(directory / "new"));
  CHECK_FALSE(fs::exists(directory / "gone"));
  CHECK(into_work("sub/../fine").ok());
  CHECK(into_work("./a//b/./c").ok());
  CHECK(get(directory / "work/a/b/c", 0, 10).data == "theirs");
  CHECK(put_file(put(directory / "work/up/outside", "theirs")).error().code() == ELOOP);
}

TEST_CASE("what is put into /tmp is known, however it is written") {
  const auto is_tmp = [](const std::string& path, const std::string& cwd) {
    PutRequest request = put(path, "");
    request.cwd = cwd;
    return is_for_tmp(request);
  };
  CHECK(is_tmp("/tmp/x", "/work"));
  CHECK(is_tmp("//tmp/x/y", "/work"));
  CHECK(is_tmp("x", "/tmp"));
  CHECK_FALSE(is_tmp("tmp/x", "/work"));
  CHECK_FALSE(is_tmp("/tmpx", "/work"));
  CHECK_FALSE(is_tmp("/work/tmp/x", ""));
}

TEST_CASE("a program's view is its own root: links lead where they led for it, and never to /proc") {
  const TempDirectory root;
  fs::create_directories(root / "work");
  fs::create_directories(root / "tmp");
  root.write("tmp/out", "there");
  fs::create_symlink("/tmp/out", root / "work/absolute");
  fs::create_symlink("../../../../tmp/out", root / "work/dots");
  fs::create_symlink("/etc/passwd", root / "work/elsewhere");
  ::chmod(root.path().c_str(), 0755);
  const Fd view(::open(root.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const auto seen = [&](const std::string& path) { return get_file({path, "/work", 0, 10, 0, true}, view.get()); };
  for (const char* path : {"/tmp/out", "absolute", "dots", "../tmp/out"}) {
    CAPTURE(path);
    CHECK(seen(path)->data == "there");
  }
  CHECK(seen("elsewhere").error().code() == ENOENT);
  const Fd real(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (const char* path : {"/proc/self/maps", "/proc/1/environ", "/proc/cpuinfo"}) {
    CAPTURE(path);
    CHECK_FALSE(get_file({path, "/", 0, 10, 0, true}, real.get()).ok());
  }
}

TEST_CASE("a layer is emptied, however deep and odd what a program made of it is") {
  const TempDirectory directory;
  const Fd top(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Fd deep(::openat(top.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int i = 0; i < 3000; ++i) {  // deeper than any path can name
    REQUIRE(::mkdirat(deep.get(), "d", 0700) == 0);
    REQUIRE(::mkdirat(deep.get(), "moved-1", 0) == 0);
    REQUIRE(::symlinkat("/", deep.get(), "link") == 0);
    Fd next(::openat(deep.get(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    deep = std::move(next);
  }
  if (::geteuid() != 0) return;  // a folder without rights can be emptied by root alone
  empty_directory(top.get());
  CHECK(fs::is_empty(directory.path()));
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
