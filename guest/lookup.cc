// SPDX-License-Identifier: Apache-2.0
#include "guest/lookup.h"
#include "protocol/default_path.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

namespace mayfly::guest {
namespace {

// 0 if `path` is a program that can be run, else an errno.
int check_program(int cwd, const std::string& path) {
  struct stat status {};
  if (::fstatat(cwd, path.c_str(), &status, 0) != 0) return errno == ENOTDIR ? ENOENT : errno;
  if (S_ISDIR(status.st_mode)) return EISDIR;
  return S_ISREG(status.st_mode) && (status.st_mode & 0111) ? 0 : EACCES;
}

Error cannot_run(const std::string& bin, int code) {
  if (code == ENOENT) return Error(bin + ": no such file or directory", code);
  return Error::system(bin, code);
}

std::string absolute(int cwd, const std::string& program) {
  if (program.starts_with('/')) return program;
  char directory[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(cwd);
  const ssize_t length = ::readlink(link.c_str(), directory, sizeof directory);
  if (length < 0) return program;
  return std::string(directory, static_cast<std::size_t>(length)) + "/" + program;
}

std::string without_links(const std::string& path) {
  char resolved[PATH_MAX];
  return ::realpath(path.c_str(), resolved) ? resolved : path;
}

}  // namespace

std::string_view search_path(const ExecRequest& request) {
  const auto path = request.env.find("PATH");
  return path == request.env.end() ? kDefaultPath : std::string_view(path->second);
}

Result<std::string> find_program(int cwd, const std::string& bin, std::string_view path) {
  if (bin.find('/') != std::string::npos) {
    if (const int code = check_program(cwd, bin)) return cannot_run(bin, code);
    return bin;
  }
  int failure = ENOENT;
  for (bool more = !bin.empty(); more;) {
    const std::size_t colon = path.find(':');
    const std::string directory(path.substr(0, colon));
    more = colon != std::string_view::npos;
    if (more) path.remove_prefix(colon + 1);
    const std::string candidate = (directory.empty() ? "." : directory) + "/" + bin;
    const int code = check_program(cwd, candidate);
    if (code == 0) return candidate;
    if (code == EACCES) failure = code;
  }
  return cannot_run(bin, failure);
}

bool is_permitted(const std::optional<std::vector<std::string>>& permissions,
                  const std::string& bin, const std::string& program, int cwd) {
  if (!permissions) return true;
  const auto listed = [&](const std::string& name) {
    return std::find(permissions->begin(), permissions->end(), name) != permissions->end();
  };
  const std::string path = absolute(cwd, program);
  return listed(bin) || listed(path) || listed(without_links(path));
}

}  // namespace mayfly::guest
