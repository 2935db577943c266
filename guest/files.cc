// SPDX-License-Identifier: Apache-2.0
#include "guest/files.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"
#include "guest/cell.h"
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

// The rights that this thread has to files, for the life of the object (setfsuid(2)).
class RightsOf {
 public:
  explicit RightsOf(uid_t user) { become(user); }
  ~RightsOf() { become(0); }
  RightsOf(const RightsOf&) = delete;
  RightsOf& operator=(const RightsOf&) = delete;

 private:
  static void become(uid_t user) {
    ::syscall(SYS_setfsgid, user);
    ::syscall(SYS_setfsuid, user);
  }
};

// /proc, whose files tell more to this process than to others, is another file system.
Fd open_confined(int base, const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | kNeverWait;
  how.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS;
  const RightsOf program(kSandboxUser);
  return Fd(static_cast<int>(::syscall(SYS_openat2, base < 0 ? AT_FDCWD : base, path.c_str(), &how, sizeof how)));
}

Result<Fd> open_for_get(int base, const GetRequest& request) {
  if (!request.confined) return regular(request.path, Fd(::openat(base, request.path.c_str(), O_RDONLY | kNeverWait)));
  Fd file = open_confined(base, request.path);
  if (!file && errno == EXDEV) return Error(request.path + ": is a link to another place", EXDEV);
  return regular(request.path, std::move(file));
}

bool has_more_than(const Fd& file, const GetRequest& request) {
  struct stat status {};
  return request.most_bytes > 0 && ::fstat(file.get(), &status) == 0 && status.st_size - request.offset > request.most_bytes;
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
  const auto file = open_for_get(base->get(), request);
  if (!file) return file.error();
  if (has_more_than(*file, request)) {
    return Error(request.path + ": has more than the " + std::to_string(request.most_bytes) + " bytes that are left for it", EFBIG);
  }
  return read_up_to(*file, request);
}

}  // namespace mayfly::guest
