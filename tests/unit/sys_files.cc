// SPDX-License-Identifier: Apache-2.0
#include "sys/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "helpers.h"
#include "sys/memory_file.h"

namespace mayfly::test {
namespace {

TEST_CASE("a file that is not there is an error with errno and path") {
  const auto file = open_file("/nonexistent/file", O_RDONLY);
  CHECK(message_of(file) == "open /nonexistent/file: No such file or directory");
  CHECK(file.error().code() == ENOENT);
}

TEST_CASE("descriptors are close-on-exec") {
  const auto file = open_file("/dev/null", O_RDONLY);
  REQUIRE(file);
  const auto [a, b] = sockets();
  const auto [r, w] = pipe_ends();
  const auto memfd = sealed_memory_file("x", "y");
  REQUIRE(memfd);
  for (const int fd : {file->get(), a.get(), b.get(), r.get(), w.get(), memfd->get()}) {
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  }
}

TEST_CASE("a file is read whole up to the limit") {
  const TempDirectory directory;
  const std::string content(100'000, 'c');
  const std::string path = directory.write("f", content);
  const auto whole = read_file(path, content.size());
  REQUIRE(whole);
  CHECK((*whole == content));
  const auto over = read_file(path, content.size() - 1);
  CHECK(contains(message_of(over), "is larger than 99999 bytes"));
  CHECK(over.error().code() == EFBIG);
  CHECK(message_of(read_file(directory.path(), 10)) == "read " + directory.path() + ": Is a directory");
}

TEST_CASE("a replaced file has the new content and leaves nothing beside it") {
  const TempDirectory directory;
  const std::string path = directory.write("f", "old, and longer");
  REQUIRE(replace_file(path, "new"));
  CHECK(*read_file(path, 100) == "new");
  REQUIRE(replace_file(directory / "g", "fresh"));
  CHECK(*read_file(directory / "g", 100) == "fresh");
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path()), {}) == 2);
}

TEST_CASE("a replacement that fails leaves the old file and nothing beside it") {
  const TempDirectory directory;
  REQUIRE(make_directories(directory / "d/inner"));
  CHECK_FALSE(replace_file(directory / "d", "x"));  // a directory is in the way
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path()), {}) == 1);
  CHECK_FALSE(replace_file(directory / "missing/f", "x"));
}

TEST_CASE("directories are made with their parents, again without complaint") {
  const TempDirectory directory;
  REQUIRE(make_directories(directory / "a/b/c"));
  REQUIRE(make_directories(directory / "a/b/c"));
  CHECK(std::filesystem::is_directory(directory / "a/b/c"));
  directory.write("file", "");
  CHECK_FALSE(make_directories(directory / "file/x"));
}

TEST_CASE("contents are copied from the start, between files and to another file system") {
  const TempDirectory directory;
  const std::string content = std::string(70'000, 'a') + std::string(70'000, 'b');
  const auto from = open_file(directory.write("from", content), O_RDONLY);
  REQUIRE(from);
  ::lseek(from->get(), 5, SEEK_SET);
  const auto to = open_file(directory / "to", O_RDWR | O_CREAT);
  const Fd memory(::memfd_create("to", MFD_CLOEXEC));
  for (const int fd : {to->get(), memory.get()}) {
    REQUIRE(copy_contents(from->get(), fd, static_cast<std::int64_t>(content.size())));
    ::lseek(fd, 0, SEEK_SET);
    CHECK((read_to_end(fd) == content));
  }
}

TEST_CASE("a source that is shorter than promised is an error") {
  const TempDirectory directory;
  const auto from = open_file(directory.write("from", "short"), O_RDONLY);
  const auto to = open_file(directory / "to", O_RDWR | O_CREAT);
  const Fd memory(::memfd_create("to", MFD_CLOEXEC));
  CHECK(contains(message_of(copy_contents(from->get(), to->get(), 6)), "shorter than expected"));
  CHECK(contains(message_of(copy_contents(from->get(), memory.get(), 6)), "shorter than expected"));
}

TEST_CASE("a descriptor is sent along with bytes, and means the same file") {
  const auto [near, far] = sockets();
  auto [reader, writer] = pipe_ends();
  REQUIRE(send_with_descriptor(near.get(), "here\n", writer.get()));
  const auto [bytes, passed] = receive_descriptor(far.get());
  CHECK(bytes == "here\n");
  REQUIRE(passed);
  CHECK(passed.get() != writer.get());
  writer.reset();
  write_bytes_to(passed.get(), "x");
  char byte = 0;
  CHECK(::read(reader.get(), &byte, 1) == 1);
}

TEST_CASE("a descriptor that is not open, or a socket that is full or closed, is an error") {
  const auto nothing = open_file("/dev/null", O_RDONLY);
  REQUIRE(nothing);
  const auto [full, unread] = sockets();
  CHECK(send_with_descriptor(full.get(), "x", -1).error().code() == EBADF);
  const std::string chunk(64 * 1024, 'x');
  Result<void> sent = {};
  while (sent) sent = send_with_descriptor(full.get(), chunk, nothing->get());
  CHECK(sent.error().code() == EAGAIN);
  auto [alone, gone] = sockets();
  gone.reset();
  CHECK(send_with_descriptor(alone.get(), "x", nothing->get()).error().code() == EPIPE);
}

TEST_CASE("a sealed memfd holds its content and refuses every change") {
  const auto memfd = sealed_memory_file("kernel", "content");
  REQUIRE(memfd);
  const int fd = memfd->get();
  CHECK(*read_file("/proc/self/fd/" + std::to_string(fd), 100) == "content");
  CHECK(::pwrite(fd, "x", 1, 0) == -1);
  CHECK(errno == EPERM);
  CHECK(::ftruncate(fd, 1) == -1);
  CHECK(::ftruncate(fd, 100) == -1);
  CHECK(::fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) == -1);
}

TEST_CASE("writing all to a full place is an error") {
  const auto full = open_file("/dev/full", O_WRONLY);
  REQUIRE(full);
  CHECK(write_all(full->get(), "x").error().code() == ENOSPC);
}

}  // namespace
}  // namespace mayfly::test
