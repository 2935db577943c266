// SPDX-License-Identifier: Apache-2.0
#include "guest/directory.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace mayfly::guest {
namespace {

bool make_one(int base, const std::string& path) {
  return ::mkdirat(base, path.c_str(), 0755) == 0 || errno == EEXIST;
}

Fd open_directory(const std::string& path) {
  return Fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

Result<void> make_directories(int base, const std::string& path) {
  if (make_one(base, path)) return {};
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos && errno == ENOENT;
       slash = path.find('/', slash + 1)) {
    if (make_one(base, path.substr(0, slash))) errno = ENOENT;
  }
  if (make_one(base, path)) return {};
  return Error::system("make directory " + path, errno);
}

Result<Fd> open_working_directory(const std::string& cwd) {
  const std::string path = cwd.empty() ? "/" : cwd;
  Fd directory = open_directory(path);
  if (!directory && errno == ENOENT) {
    if (auto made = make_directories(AT_FDCWD, path); !made) return made.error();
    directory = open_directory(path);
  }
  if (!directory) return Error::system("open directory " + path, errno);
  return directory;
}

}  // namespace mayfly::guest
