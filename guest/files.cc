// SPDX-License-Identifier: Apache-2.0
#include "guest/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"
#include "guest/directory.h"

namespace mayfly::guest {
namespace {

constexpr int kNeverWait = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

// Where a relative `path` starts. An absolute one needs no directory.
Result<Fd> open_base(const std::string& path, const std::string& cwd) {
  return path.starts_with('/') ? Fd() : open_working_directory(cwd);
}

Result<void> make_parents(int base, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0) return {};
  return make_directories(base, path.substr(0, slash));
}

Result<Fd> regular(const std::string& path, Fd file) {
  struct stat status {};
  // A FIFO without a reader, a socket: ENXIO.
  if (!file && errno != ENXIO) return Error::system(path, errno);
  if (file && ::fstat(file.get(), &status) != 0) return Error::system(path, errno);
  if (!S_ISREG(status.st_mode)) return Error(path + ": is not a regular file", EINVAL);
  return file;
}

Result<Fd> open_for_put(int base, const PutRequest& request) {
  const int flags = O_WRONLY | O_CREAT | kNeverWait | (request.offset == 0 ? O_TRUNC : 0);
  const auto open = [&] { return Fd(::openat(base, request.path.c_str(), flags, request.mode)); };
  Fd file = open();
  if (!file && errno == ENOENT) {
    if (auto made = make_parents(base, request.path); !made) return made.error();
    file = open();
  }
  return regular(request.path, std::move(file));
}

Result<void> write_all(const Fd& file, const PutRequest& request) {
  std::size_t done = 0;
  while (done < request.data.size()) {
    const ssize_t put = ::pwrite(file.get(), request.data.data() + done, request.data.size() - done,
                                 request.offset + static_cast<off_t>(done));
    if (put <= 0) return Error::system(request.path, put < 0 ? errno : EIO);
    done += static_cast<std::size_t>(put);
  }
  return {};
}

Result<DataReply> read_up_to(const Fd& file, const GetRequest& request) {
  DataReply reply;
  reply.data.resize(static_cast<std::size_t>(request.max_bytes));
  std::size_t done = 0;
  while (done < reply.data.size() && !reply.eof) {
    const ssize_t got = ::pread(file.get(), reply.data.data() + done, reply.data.size() - done,
                                request.offset + static_cast<off_t>(done));
    if (got < 0) return Error::system(request.path, errno);
    done += static_cast<std::size_t>(got);
    reply.eof = got == 0;
  }
  reply.data.resize(done);
  return reply;
}

}  // namespace

Result<void> put_file(const PutRequest& request) {
  const auto base = open_base(request.path, request.cwd);
  if (!base) return base.error();
  const auto file = open_for_put(base->get(), request);
  if (!file) return file.error();
  if (request.offset == 0 && ::fchmod(file->get(), request.mode) != 0) {
    return Error::system(request.path, errno);
  }
  return write_all(*file, request);
}

Result<DataReply> get_file(const GetRequest& request) {
  const auto base = open_base(request.path, request.cwd);
  if (!base) return base.error();
  const auto file = regular(
      request.path, Fd(::openat(base->get(), request.path.c_str(), O_RDONLY | kNeverWait)));
  if (!file) return file.error();
  return read_up_to(*file, request);
}

}  // namespace mayfly::guest
