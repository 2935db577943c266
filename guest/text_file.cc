// SPDX-License-Identifier: Apache-2.0
#include "guest/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"

namespace mayfly::guest {

Result<std::string> read_text(int directory, const char* path) {
  const Fd fd(::openat(directory, path, O_RDONLY | O_CLOEXEC));
  if (!fd) return Error::system(std::string("open ") + path, errno);
  char buffer[kMaxTextFile];
  const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
  if (got < 0) return Error::system(std::string("read ") + path, errno);
  return std::string(buffer, static_cast<std::size_t>(got));
}

std::string read_again(int file) {
  char buffer[kMaxTextFile];
  const ssize_t got = ::pread(file, buffer, sizeof buffer, 0);
  return got < 0 ? std::string() : std::string(buffer, static_cast<std::size_t>(got));
}

Result<void> write_text(int directory, const char* path, std::string_view text) {
  const Fd fd(::openat(directory, path, O_WRONLY | O_CLOEXEC));
  if (!fd) return Error::system(std::string("open ") + path, errno);
  if (::write(fd.get(), text.data(), text.size()) < 0) {
    return Error::system(std::string("write ") + path, errno);
  }
  return {};
}

}  // namespace mayfly::guest
