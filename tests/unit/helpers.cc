// SPDX-License-Identifier: Apache-2.0
#include "helpers.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "sys/files.h"

namespace mayfly::test {

TempDirectory::TempDirectory() : path_(std::filesystem::temp_directory_path() / "mayfly-unit-XXXXXX") {
  REQUIRE(::mkdtemp(path_.data()) != nullptr);
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDirectory::write(const std::string& name, std::string_view content) const {
  const std::string path = *this / name;
  REQUIRE(make_directories(std::filesystem::path(path).parent_path()));
  const auto fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  REQUIRE(fd);
  REQUIRE(write_all(fd->get(), content));
  return path;
}

std::unique_ptr<Ring> open_ring() {
  auto ring = Ring::open();
  REQUIRE_MESSAGE(ring.ok(), ring.error().message());
  return *std::move(ring);
}

std::pair<Fd, Fd> sockets() {
  auto pair = socket_pair();
  REQUIRE(pair);
  return *std::move(pair);
}

std::pair<Fd, Fd> pipe_ends() {
  auto pair = make_pipe();
  REQUIRE(pair);
  return *std::move(pair);
}

std::string read_to_end(int fd) {
  std::string out;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    REQUIRE(got >= 0);
    if (got == 0) return out;
    out.append(buffer, static_cast<std::size_t>(got));
  }
}

void write_bytes_to(int fd, std::string_view bytes) { REQUIRE(write_all(fd, bytes)); }

std::pair<std::string, Fd> receive_descriptor(int socket) {
  char bytes[4096];
  int fd = -1;
  iovec content{bytes, sizeof bytes};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)];
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  REQUIRE(got >= 0);
  if (const cmsghdr* header = CMSG_FIRSTHDR(&message)) std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return {std::string(bytes, static_cast<std::size_t>(got)), Fd(fd)};
}

int status_of_fork(const std::function<bool()>& work) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) ::_exit(work() ? 0 : 1);
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return status;
}

bool has_no_children() { return ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD; }

}  // namespace mayfly::test
