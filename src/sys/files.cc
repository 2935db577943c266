// SPDX-License-Identifier: Apache-2.0
#include "sys/files.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <cstdio>

#include "base/id.h"

namespace mayfly {

Result<Fd> open_file(const std::string& path, int flags, unsigned mode) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) return Error::system("open " + path, errno);
  return fd;
}

Result<Fd> reopen(int fd, int flags) { return open_file("/proc/self/fd/" + std::to_string(fd), flags); }

Result<Fd> duplicate(int fd) {
  Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!copy) return Error::system("duplicate descriptor " + std::to_string(fd), errno);
  return copy;
}

void occupy_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // Gets the lowest number that is free, which is this one.
    [[maybe_unused]] const int opened = ::open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR);
  }
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  auto fd = open_file(path, O_RDONLY);
  if (!fd) return std::move(fd).error();
  std::string content;
  std::array<char, 16 * 1024> buffer;
  for (;;) {
    const ssize_t got = ::read(fd->get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::system("read " + path, errno);
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(got));
    if (content.size() > limit) {
      return Error(path + " is larger than " + std::to_string(limit) + " bytes", EFBIG);
    }
  }
}

Result<void> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Error::system("write", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> replace_file(const std::string& path, std::string_view content) {
  auto suffix = random_hex(8);
  if (!suffix) return std::move(suffix).error();
  const std::string temporary = path + "." + *suffix;
  auto fd = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (!fd) return std::move(fd).error();
  auto written = write_all(fd->get(), content);
  if (written && ::rename(temporary.c_str(), path.c_str()) == 0) return {};
  const Error error = written ? Error::system("rename to " + path, errno) : written.error();
  ::unlink(temporary.c_str());
  return error;
}

Result<void> make_directories(const std::string& path, unsigned mode) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), mode) < 0 && errno != EEXIST) {
      return Error::system("create directory " + part, errno);
    }
    if (slash == std::string::npos) return {};
  }
}

namespace {

Result<void> copy_by_hand(int from, int to, std::int64_t offset, std::int64_t size) {
  std::array<char, 64 * 1024> buffer;
  while (offset < size) {
    const auto want = std::min<std::int64_t>(size - offset, buffer.size());
    const ssize_t got = ::pread(from, buffer.data(), static_cast<std::size_t>(want), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::system("read", errno);
    if (got == 0) return Error("source file is shorter than expected", EIO);
    // A disk that is nearly full takes a part; the next call then says why.
    const ssize_t written = ::pwrite(to, buffer.data(), static_cast<std::size_t>(got), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Error::system("write", errno);
    offset += written;
  }
  return {};
}

bool wants_copy_by_hand(int error) {
  return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP;
}

}  // namespace

Result<void> copy_contents(int from, int to, std::int64_t size) {
  off64_t in = 0;
  off64_t out = 0;
  while (out < size) {
    const ssize_t copied = ::copy_file_range(from, &in, to, &out, static_cast<std::size_t>(size - out), 0);
    if (copied > 0) continue;
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0 && wants_copy_by_hand(errno)) return copy_by_hand(from, to, out, size);
    if (copied < 0) return Error::system("copy_file_range", errno);
    return Error("source file is shorter than expected", EIO);
  }
  return {};
}

Result<std::pair<Fd, Fd>> socket_pair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
    return Error::system("socketpair", errno);
  }
  // Bytes only: descriptors that came along would be closed by us, however long that takes. Older kernels let them pass.
  constexpr int kPassRights = 83, kNo = 0;  // SO_PASSRIGHTS, Linux 6.16
  ::setsockopt(fds[0], SOL_SOCKET, kPassRights, &kNo, sizeof kNo);
  return std::pair(Fd(fds[0]), Fd(fds[1]));
}

Result<void> send_with_descriptor(int socket, std::string_view bytes, int fd) {
  iovec content{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  const ssize_t sent = ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0) return Error::system("sendmsg", errno);
  if (static_cast<std::size_t>(sent) != bytes.size()) return Error("sendmsg: a part was sent only", EAGAIN);
  return {};
}

Result<std::pair<Fd, Fd>> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) < 0) return Error::system("pipe", errno);
  // Bytes only: descriptors that came along would be closed by us, however long that takes. Older kernels let them pass.
  constexpr int kPassRights = 83, kNo = 0;  // SO_PASSRIGHTS, Linux 6.16
  ::setsockopt(fds[0], SOL_SOCKET, kPassRights, &kNo, sizeof kNo);
  return std::pair(Fd(fds[0]), Fd(fds[1]));
}

}  // namespace mayfly
