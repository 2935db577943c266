// SPDX-License-Identifier: Apache-2.0
#include "sys/output.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "helpers.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

constexpr uid_t kSomebody = 12345;

struct stat status_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status;
}

unsigned mode_of(const std::string& path) { return status_of(path).st_mode & 07777; }

std::string content(const std::string& path) { return *read_file(path, 1 << 20); }

Result<void> write_whole(const std::string& path, std::string_view text, unsigned mode = 0600) {
  auto file = OutputFile::open(path);
  if (!file) return std::move(file).error();
  return file->write(text, mode);
}

Result<void> append(const std::string& path, std::string_view text) {
  const auto place = OutputPlace::find(path);
  if (!place) return place.error();
  const auto fd = place->open(O_WRONLY);
  if (!fd) return fd.error();
  return write_all(fd->get(), text);
}

void link_to(const std::string& target, const std::string& path) {
  REQUIRE(::symlink(target.c_str(), path.c_str()) == 0);
}

std::ptrdiff_t entries_of(const std::string& path) {
  return std::distance(std::filesystem::directory_iterator(path), {});
}

// For the life of a test.
struct Umask {
  explicit Umask(mode_t mask) : before(::umask(mask)) {}
  ~Umask() { ::umask(before); }
  mode_t before;
};

TEST_CASE("a new file is private or as it is wanted, whatever the umask is") {
  const TempDirectory directory;
  for (const mode_t mask : {0, 022, 077, 0777}) {
    const Umask umask(mask);
    const std::string name = directory / std::to_string(mask);
    REQUIRE(write_whole(name, "x"));
    REQUIRE(write_whole(name + "p", "x", 0644));
    REQUIRE(append(name + "a", "x"));
    CHECK(mode_of(name) == 0600);
    CHECK(mode_of(name + "p") == 0644);
    CHECK(mode_of(name + "a") == 0600);
  }
}

TEST_CASE("a file is replaced whole and keeps its mode; appending goes on with it") {
  const TempDirectory directory;
  const std::string path = directory.write("f", "old, and longer");
  ::chmod(path.c_str(), 0640);
  const auto before = status_of(path).st_ino;
  REQUIRE(write_whole(path, "new"));
  CHECK(content(path) == "new");
  CHECK(mode_of(path) == 0640);
  CHECK(status_of(path).st_ino != before);
  REQUIRE(append(path, "er"));
  CHECK(content(path) == "newer");
  CHECK(mode_of(path) == 0640);
  CHECK(entries_of(directory.path()) == 1);
}

TEST_CASE("a link of one's own is followed, and is still a link afterwards") {
  const TempDirectory directory;
  REQUIRE(make_directories(directory / "d"));
  link_to("d/real", directory / "link");
  link_to(directory / "link", directory / "link2");
  link_to("d", directory / "way");
  REQUIRE(write_whole(directory / "link2", "1"));
  REQUIRE(append(directory / "way/../way/./real", "2"));
  REQUIRE(write_whole(directory / "way//other", "3"));
  CHECK(content(directory / "d/real") == "12");
  CHECK(content(directory / "d/other") == "3");
  for (const char* name : {"link", "link2", "way"}) CHECK(S_ISLNK(status_of(directory / name).st_mode));
  link_to("circle", directory / "circle");
  CHECK(write_whole(directory / "circle", "x").error().code() == ELOOP);
}

TEST_CASE("a link that another user made is not followed, wherever it is on the way") {
  if (::geteuid() != 0) return;
  const TempDirectory directory;
  REQUIRE(make_directories(directory / "target"));
  link_to("target/f", directory / "link");
  link_to("target", directory / "way");
  link_to("link", directory / "mine");
  for (const char* name : {"link", "way"}) REQUIRE(::lchown((directory / name).c_str(), kSomebody, kSomebody) == 0);
  for (const char* name : {"link", "way/f", "mine"}) {
    for (const auto& refused : {write_whole(directory / name, "x"), append(directory / name, "x")}) {
      CHECK(contains(message_of(refused), "is a link that another user made (uid 12345)"));
      CHECK_FALSE(refused.error().hint().empty());
    }
  }
  CHECK(contains(message_of(open_private_directory(directory / "way/new")), "another user made"));
  CHECK(contains(message_of(open_private_directory(directory / "way")), "another user made"));
  CHECK(entries_of(directory / "target") == 0);
}

TEST_CASE("what is put at a place after it was found is replaced, not followed") {
  const TempDirectory directory;
  const std::string victim = directory.write("victim", "whole");
  const auto file = OutputFile::open(directory / "f");
  const auto place = OutputPlace::find(directory / "g");
  REQUIRE((file.ok() && place.ok()));
  for (const char* name : {"f", "g"}) link_to("victim", directory / name);
  REQUIRE(file->write("x"));
  CHECK(content(directory / "f") == "x");
  CHECK(place->open(O_WRONLY).error().code() == EEXIST);
  CHECK(content(victim) == "whole");
}

TEST_CASE("a file with several names is replaced under this one, and not appended to") {
  const TempDirectory directory;
  directory.write("f", "whole");
  std::filesystem::create_hard_link(directory / "f", directory / "g");
  CHECK(contains(message_of(append(directory / "g", "x")), "has other names"));
  REQUIRE(write_whole(directory / "g", "x"));
  CHECK(content(directory / "f") == "whole");
  CHECK(content(directory / "g") == "x");
}

TEST_CASE("devices and terminals are written to, and are still there") {
  const TempDirectory directory;
  int terminal = -1, other = -1;
  char name[64];
  REQUIRE(::openpty(&terminal, &other, name, nullptr, nullptr) == 0);
  const Fd near(terminal), far(other);
  REQUIRE(write_whole(name, "out"));
  REQUIRE(append(name, "put"));
  std::string seen;  // it may come in two parts
  for (char byte = 0; seen.size() < 6 && ::read(near.get(), &byte, 1) == 1;) seen += byte;
  CHECK(seen == "output");
  CHECK(S_ISCHR(status_of(name).st_mode));
  if (::mknod((directory / "full").c_str(), S_IFCHR | 0600, makedev(1, 7)) != 0) return;  // not root, or not allowed
  CHECK(write_whole(directory / "full", "x").error().code() == ENOSPC);
  CHECK(S_ISCHR(status_of(directory / "full").st_mode));
}

TEST_CASE("descriptors of one's own are written to where they are, by whatever link they are named") {
  const TempDirectory directory;
  auto [reader, writer] = pipe_ends();
  const std::string number = std::to_string(writer.get());
  link_to("/proc/self/fd/" + number, directory / "link");
  link_to("/proc/self/fd", directory / "fd");
  const auto names = {"/proc/self/fd/" + number, directory / "link", (directory / "fd/") + number, "/dev/fd/" + number};
  for (const std::string& path : names) {
    const auto place = OutputPlace::find(path);
    REQUIRE(place.ok());
    CHECK(place->is_stream());
    REQUIRE(write_whole(path, "x"));
  }
  writer.reset();
  CHECK(read_to_end(reader.get()) == "xxxx");
  CHECK(S_ISLNK(status_of(directory / "link").st_mode));
  // A file that is open is written to where it stands, and not replaced.
  const auto file = open_file(directory.write("f", "12345"), O_WRONLY);
  ::lseek(file->get(), 2, SEEK_SET);
  REQUIRE(write_whole("/proc/self/fd/" + std::to_string(file->get()), "x"));
  CHECK(content(directory / "f") == "12x45");
  CHECK(contains(message_of(OutputPlace::find("/proc/self/fd/" + std::to_string(reader.get()))), "for reading only"));
  CHECK(OutputPlace::find("-")->is_stream());
}

TEST_CASE("a FIFO is written to if it is one's own") {
  const TempDirectory directory;
  const std::string path = directory / "fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const Fd reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  REQUIRE(write_whole(path, "x"));
  CHECK(read_to_end(reader.get()) == "x");
  CHECK(S_ISFIFO(status_of(path).st_mode));
  if (::geteuid() != 0) return;
  REQUIRE(::chown(path.c_str(), kSomebody, kSomebody) == 0);
  CHECK(contains(message_of(write_whole(path, "x")), "belongs to another user"));
}

TEST_CASE("a stream whose reader does not keep up is not waited for") {
  auto [reader, writer] = pipe_ends();
  const std::string line(1000, 'x');
  Result<void> written = {};
  while (written) written = write_now(writer.get(), line);
  CHECK(written.error().code() == EAGAIN);
  reader.reset();
  CHECK(write_now(writer.get(), line).error().code() == EPIPE);
}

TEST_CASE("what cannot be written to in this way is refused") {
  const TempDirectory directory;
  CHECK(contains(message_of(write_whole(directory.path(), "x")), "is a directory"));
  CHECK(contains(message_of(write_whole(directory / "", "x")), "is a directory"));
  CHECK(contains(message_of(write_whole("..", "x")), "is a directory"));
  CHECK(write_whole("", "x").error().code() == ENOENT);
  CHECK(write_whole(directory / "no/f", "x").error().code() == ENOENT);
  const std::string file = directory.write("f", "");
  CHECK(write_whole(file + "/g", "x").error().code() == ENOTDIR);
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{AF_UNIX, {}};
  (directory / "s").copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK(contains(message_of(write_whole(directory / "s", "x")), "is a socket"));
  if (::geteuid() != 0) return;
  REQUIRE(::chown(file.c_str(), kSomebody, kSomebody) == 0);
  for (const auto& refused : {write_whole(file, "x"), append(file, "x")}) {
    CHECK(contains(message_of(refused), "belongs to another user"));
  }
  if (::mknod((directory / "disk").c_str(), S_IFBLK | 0600, makedev(7, 200)) != 0) return;
  CHECK(contains(message_of(write_whole(directory / "disk", "x")), "is a disk"));
}

TEST_CASE("a private directory is made with its parents, whatever the umask is") {
  const TempDirectory directory;
  for (const mode_t mask : {0, 022, 077}) {
    const Umask umask(mask);
    const std::string top = directory / std::to_string(mask);
    const auto made = open_private_directory(top + "/a/b");
    REQUIRE(made.ok());
    REQUIRE(open_private_directory(top + "/a/b/").ok());
    REQUIRE(open_private_directory(made->get(), "c").ok());
    for (const char* name : {"", "/a", "/a/b", "/a/b/c"}) CHECK(mode_of(top + name) == 0700);
  }
}

TEST_CASE("a directory that others can write to, or that is theirs, is not private") {
  const TempDirectory directory;
  const auto parent = open_private_directory(directory.path());
  REQUIRE(parent.ok());
  REQUIRE(make_directories(directory / "d"));
  for (const unsigned mode : {0777U, 01777U, 0770U, 0702U}) {
    ::chmod((directory / "d").c_str(), mode);
    CHECK(contains(message_of(open_private_directory(directory / "d")), "can be written to by other users"));
    CHECK(contains(message_of(open_private_directory(parent->get(), "d")), "can be written to by other users"));
  }
  ::chmod((directory / "d").c_str(), 0755);
  CHECK(open_private_directory(directory / "d").ok());
  link_to("d", directory / "link");
  CHECK_FALSE(open_private_directory(parent->get(), "link"));
  if (::geteuid() != 0) return;
  REQUIRE(::chown((directory / "d").c_str(), kSomebody, kSomebody) == 0);
  CHECK(contains(message_of(open_private_directory(directory / "d")), "belongs to another user"));
  CHECK(contains(message_of(open_private_directory(parent->get(), "d")), "belongs to another user"));
}

}  // namespace
}  // namespace mayfly::test
