// SPDX-License-Identifier: Apache-2.0
#include "guest/file_requests.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"
#include "guest/cell.h"
#include "guest/directory.h"

namespace mayfly::guest {
namespace {

constexpr int kNeverWait = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

Fd open_how_said(int base, const std::string& path, std::uint64_t flags, std::uint64_t mode, std::uint64_t resolve) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.mode = mode;
  how.resolve = resolve;
  return Fd(static_cast<int>(::syscall(SYS_openat2, base, path.c_str(), &how, sizeof how)));
}

// Whatever an earlier program laid in the way, the file is where its path says.
Fd open_beneath(int base, const std::string& path, int flags, std::uint32_t mode) {
  return open_how_said(base, path, static_cast<std::uint64_t>(flags), mode, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

// Where a relative `path` starts. An absolute one is one below the root.
Result<Fd> open_base(const std::string& path, const std::string& cwd) {
  return open_working_directory(path.starts_with('/') ? "/" : cwd);
}

std::string below_base(const std::string& path) {
  const std::size_t start = path.find_first_not_of('/');
  return start == std::string::npos ? "." : path.substr(start);
}

// One after the other, so that each is seen to be a folder and no link before the next is made in it.
Result<void> make_parents(int base, const std::string& path) {
  Fd parent;
  for (std::size_t start = 0, slash; (slash = path.find('/', start)) != std::string::npos; start = slash + 1) {
    const std::string name = path.substr(start, slash - start);
    if (name.empty()) continue;
    const int above = parent ? parent.get() : base;
    if (::mkdirat(above, name.c_str(), 0755) != 0 && errno != EEXIST) return Error::system(path, errno);
    Fd next = open_beneath(base, path.substr(0, slash), O_PATH | O_DIRECTORY, 0);
    if (!next) return Error::system(path, errno);
    parent = std::move(next);
  }
  return {};
}

Result<Fd> regular(const std::string& path, Fd file) {
  struct stat status {};
  // A FIFO without a reader, a socket: ENXIO.
  if (!file && errno != ENXIO) return Error::system(path, errno);
  if (file && ::fstat(file.get(), &status) != 0) return Error::system(path, errno);
  if (!S_ISREG(status.st_mode)) return Error(path + ": is not a regular file", EINVAL);
  return file;
}

Result<Fd> open_for_put(int base, const std::string& path, const PutRequest& request) {
  const int flags = O_WRONLY | O_CREAT | kNeverWait | (request.offset == 0 ? O_TRUNC : 0);
  Fd file = open_beneath(base, path, flags, request.mode);
  if (!file && errno == ENOENT) {
    if (auto made = make_parents(base, path); !made) return made.error();
    file = open_beneath(base, path, flags, request.mode);
  }
  if (!file && errno == ELOOP) return Error(request.path + ": leads over a symbolic link", ELOOP);
  if (!file && errno == EXDEV) return Error(request.path + ": leads out of its directory", EXDEV);
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

bool is_in_proc(const Fd& file) {
  struct statfs system {};
  return ::fstatfs(file.get(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

Error elsewhere(const std::string& path) { return Error(path + ": is a link to another place", EXDEV); }

// As it was for a program: absolute links lead where they led for that. But /proc tells this process more.
Result<Fd> open_in_view(int view, const GetRequest& request) {
  const std::string path = request.path.starts_with('/') ? request.path : request.cwd + "/" + request.path;
  const RightsOf program(kSandboxUser);
  Fd file = open_how_said(view, path, O_RDONLY | kNeverWait, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
  if (file && is_in_proc(file)) return elsewhere(request.path);
  return regular(request.path, std::move(file));
}

// In the machine itself other file systems are the agent's own.
Result<Fd> open_on_disk(int base, const GetRequest& request) {
  const RightsOf program(kSandboxUser);
  Fd file = open_how_said(base, request.path, O_RDONLY | kNeverWait, 0, RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS);
  if (!file && errno == EXDEV) return elsewhere(request.path);
  return regular(request.path, std::move(file));
}

Result<Fd> open_for_get(const GetRequest& request, int view) {
  if (request.confined && view >= 0) return open_in_view(view, request);
  auto base = open_base(request.path, request.cwd);
  if (!base) return base;
  if (request.confined) return open_on_disk(base->get(), request);
  return regular(request.path, Fd(::openat(base->get(), request.path.c_str(), O_RDONLY | kNeverWait)));
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
  const RightsOf owner(is_checkers(request.cwd) ? kSandboxUser : 0);
  const auto file = open_for_put(base->get(), below_base(request.path), request);
  if (!file) return file.error();
  if (request.offset == 0 && ::fchmod(file->get(), request.mode) != 0) {
    return Error::system(request.path, errno);
  }
  return write_all(*file, request);
}

bool is_for_tmp(const PutRequest& request) {
  const std::string path = request.path.starts_with('/') ? request.path : request.cwd + "/" + request.path;
  return below_base(path).starts_with("tmp/");
}

Result<DataReply> get_file(const GetRequest& request, int view) {
  const auto file = open_for_get(request, view);
  if (!file) return file.error();
  if (has_more_than(*file, request)) {
    return Error(request.path + ": has more than the " + std::to_string(request.most_bytes) + " bytes that are left for it", EFBIG);
  }
  return read_up_to(*file, request);
}

}  // namespace mayfly::guest
